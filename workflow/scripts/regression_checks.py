"""Adapter: scores, controls and respondents -> other standard errors, diagnostics and differences between groups."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.regression.diagnostics import diagnostics
from analysis.regression.errors import regression_errors
from analysis.regression.groups import regression_groups

plain_errors(snakemake.log[0])
given = (
    *(results.read(table, snakemake.input[table]) for table in ("scores", "controls", "respondents")),
    study.load(snakemake.params.study),
)
checks, influence = diagnostics(*given)
results.write("regression_errors", regression_errors(*given), snakemake.output.errors)
results.write("regression_diagnostics", checks, snakemake.output.diagnostics)
results.write("influence", influence, snakemake.output.influence)
results.write("regression_groups", regression_groups(*given), snakemake.output.groups)
