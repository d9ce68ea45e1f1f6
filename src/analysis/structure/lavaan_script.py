"""The structural model as an R script for lavaan, with the covariances beside it: for whoever wants to check, and run.

The folder is meant for handing on, so that no respondent's answers stand in it: maximum likelihood needs of them
the covariance matrix and their number alone.

lavaan is the program that this one follows, so its answer is the nearest to a proof that the estimates are right.
"""

import logging
import os
import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.study import Study
from analysis.study.model import structural_items, structural_model

NOT_FOUND = "R with lavaan was not found"
LOG = logging.getLogger(__name__)
PATIENCE = 300  # seconds

SCRIPT = """\
# The structural model of the study {study} by lavaan. In the folder of this file:  Rscript {name}
# {data}: the covariances (N - 1 in the denominator) of the items and controls of the {n} respondents who are
# complete on them; lavaan turns them into those with N. The published estimates, by MLR, are these of ML; the errors
# and tests of MLR need the respondents' answers, which do not stand here.

library(lavaan)

model <- '
{model}
'
covariances <- as.matrix(read.csv("{data}", row.names = 1, check.names = FALSE, fileEncoding = "UTF-8"))
fitted <- sem(model, sample.cov = covariances, sample.nobs = {n}, estimator = "ML", likelihood = "normal")

cat("lavaan", as.character(packageVersion("lavaan")), "with", lavInspect(fitted, "nobs"), "respondents\\n\\n")
paths <- standardizedSolution(fitted)
write.csv(paths[paths$op %in% c("~", ":="), ], row.names = FALSE)
cat("\\n")
print(fitMeasures(fitted, c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr")))
"""


class Answer(NamedTuple):
    """What lavaan says: program and version, or why it says nothing; respondents; standardised paths by (lhs, rhs)."""

    program: str
    n: int
    paths: pd.Series


def write(data: pd.DataFrame, study: Study, controls: list[str], script: Path, covariances: Path) -> None:
    """The script, and the covariances of the items and control terms of the model, from their complete rows."""
    script.parent.mkdir(parents=True, exist_ok=True)
    columns = [*structural_items(study), *controls]
    complete = data[columns].dropna()
    complete.cov(min_periods=2).to_csv(covariances, lineterminator="\n", encoding="utf-8")
    model = structural_model(study, controls)
    text = SCRIPT.format(study=study.name, name=script.name, data=covariances.name, n=len(complete), model=model)
    script.write_text(text, encoding="utf-8", newline="\n")


def run(script: Path) -> Answer:
    """lavaan's answer, if R with lavaan is at hand; without an answer ``program`` says why, and no path is given.

    What R says of an error goes to the log, for it may speak of this computer. The user's profile is not run, since it
    may print or change what a script does; the libraries that ``.Renviron`` names are found.
    """
    silent = pd.Series(dtype=float)
    r = shutil.which("Rscript")
    if r is None:
        return Answer(f"lavaan: {NOT_FOUND}", 0, silent)
    try:
        ended = subprocess.run(
            [r, "--no-init-file", script.name],
            cwd=script.parent,
            env=os.environ | {"LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return Answer(f"lavaan: no answer (took longer than {PATIENCE} seconds)", 0, silent)
    except OSError as error:
        LOG.warning("Rscript could not be started: %s", error)
        return Answer("lavaan: no answer (Rscript could not be started)", 0, silent)
    if "there is no package called" in ended.stderr:
        return Answer(f"lavaan: {NOT_FOUND}", 0, silent)
    head = re.search(r"(?m)^lavaan (\S+) with (\d+) respondents\n\n((?:.+\n)+)", ended.stdout)
    if ended.returncode or not head:
        LOG.warning("Rscript ended with %s\n%s", ended.returncode, ended.stderr)
        return Answer("lavaan: no answer (lavaan stopped with an error)", 0, silent)
    table = pd.read_csv(StringIO(head[3]))
    paths = table[table["op"] == "~"].set_index(["lhs", "rhs"])["est.std"]
    return Answer(f"lavaan {head[1]}", int(head[2]), paths)
