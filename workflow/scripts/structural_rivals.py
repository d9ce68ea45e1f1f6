"""Adapter: respondents and controls -> the structural model beside its rivals, without controls, by dimensions."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.structure import structural
from analysis.structure.dimensions import dimension_paths
from analysis.structure.rivals import structural_rivals

plain_errors(snakemake.log[0])
data, described, controls, _ = structural.prepare(
    results.read("respondents", snakemake.input.respondents),
    results.read("controls", snakemake.input.controls),
    study.load(snakemake.params.study),
)
rivals, controls_out = structural_rivals(data, described, controls)
results.write("structural_rivals", rivals, snakemake.output.structural_rivals)
results.write("controls_out", controls_out, snakemake.output.controls_out)
results.write("dimension_paths", dimension_paths(data, described, controls), snakemake.output.dimension_paths)
