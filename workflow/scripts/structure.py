"""Adapter: respondents and controls -> the structural model and the second opinions on it."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.sem import several
from analysis.structure import second_opinions, structural

plain_errors(snakemake.log[0])
described = study.load(snakemake.params.study)
data = structural.model_data(
    results.read("respondents", snakemake.input.respondents),
    results.read("controls", snakemake.input.controls),
)
controls = structural.usable_controls(data, described)
fits = structural.estimate(data, described, controls)
results.write("structural_parameters", structural.parameters(fits), snakemake.output.parameters)
results.write("structural_notes", structural.notes(fits, described, controls), snakemake.output.notes)
results.write("structural_fit", several.measures(fits), snakemake.output.fit)
results.write("structural_r2", structural.explained(fits, described), snakemake.output.r2)
results.write(
    "second_opinions",
    second_opinions.second_opinions(fits, data, described, controls),
    snakemake.output.second_opinions,
)
