"""Adapter: structural parameters and regressions -> the verdicts."""

from analysis import results, study
from analysis.errors import plain_errors
from analysis.evidence.verdicts import verdicts

plain_errors(snakemake.log[0])
results.write(
    "verdicts",
    verdicts(
        results.read("structural_parameters", snakemake.input.parameters),
        results.read("structural_notes", snakemake.input.notes),
        results.read("regressions", snakemake.input.regressions),
        study.load(snakemake.params.study),
    ),
    snakemake.output.verdicts,
)
