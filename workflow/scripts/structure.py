"""Adapter: respondents and controls -> the structural model by several estimators."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.sem import several
from analysis.structure import structural

plain_errors(snakemake.log[0])
data, described, controls, left_out = structural.prepare(
    results.read("respondents", snakemake.input.respondents),
    results.read("controls", snakemake.input.controls),
    study.load(snakemake.params.study),
)
fits, why_not = structural.estimate(data, described, controls)
lost = structural.lost(data, described, controls)
notes = structural.notes(fits, why_not, described, controls, left_out, lost)
results.write("structural_parameters", structural.parameters(fits), snakemake.output.parameters)
results.write("structural_notes", notes, snakemake.output.notes)
results.write("structural_fit", several.measures(fits), snakemake.output.fit)
results.write("structural_r2", structural.explained(fits, described), snakemake.output.r2)
