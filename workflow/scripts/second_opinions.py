"""Adapter: the structural model's estimates and data -> what other programs say, and a script for lavaan."""

import logging
from pathlib import Path

from analysis import results, study
from analysis.errors import plain_errors
from analysis.structure import lavaan_script, structural
from analysis.structure.second_opinions import agreement, second_opinions

plain_errors(snakemake.log[0])
logging.basicConfig(filename=snakemake.log[0], encoding="utf-8")
data, described, controls, _ = structural.prepare(
    results.read("respondents", snakemake.input.respondents),
    results.read("controls", snakemake.input.controls),
    study.load(snakemake.params.study),
)
script = Path(snakemake.output.script)
lavaan_script.write(data, described, controls, script, Path(snakemake.output.covariances))
opinions = second_opinions(
    results.read("structural_parameters", snakemake.input.parameters),
    results.read("structural_fit", snakemake.input.fit),
    results.read("structural_notes", snakemake.input.notes),
    data,
    described,
    controls,
    lavaan_script.run(script),
)
results.write("second_opinions", opinions, snakemake.output.second_opinions)
results.write("agreement", agreement(opinions), snakemake.output.agreement)
