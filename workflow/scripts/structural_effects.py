"""Adapter: respondents and controls -> direct, indirect and total effects in the structural model."""

# ruff: noqa: E402
import os

# The threads of this step are processes. Snakemake lets linear algebra have as many, which would change last digits.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

from analysis import results, study
from analysis.errors import plain_errors
from analysis.structure import structural
from analysis.structure.effects import structural_effects

plain_errors(snakemake.log[0])
whole = study.load(snakemake.params.study)
data, described, controls, left_out = structural.prepare(
    results.read("respondents", snakemake.input.respondents),
    results.read("controls", snakemake.input.controls),
    whole,
)
fits, why_not = structural.estimate(data, described, controls, ("ML",))
table = structural_effects(fits.get("ML"), why_not.get("ML", ""), whole, left_out, snakemake.threads)
results.write("structural_effects", table, snakemake.output[0])
