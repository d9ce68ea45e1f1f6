"""Does what is significant depend on the kind of standard errors? The last model of every outcome under each kind."""

import pandas as pd

from analysis.regression import hierarchical
from analysis.results import TABLES
from analysis.sem.side_by_side import joined
from analysis.study import Study
from analysis.study.model import structural_paths


def regression_errors(
    scores: pd.DataFrame, controls: pd.DataFrame, respondents: pd.DataFrame, study: Study
) -> pd.DataFrame:
    """A row a term of the last model of an outcome and a kind of errors: results.TABLES["regression_errors"].

    The kinds are those of `kinds`, each as in `hierarchical.fit`. Respondents who belong to no cluster are left out of
    that kind, so that b may differ there. Few clusters give errors that are too small on average, and t with G − 1
    degrees of freedom mends that in part only; the row says so.

    Cameron, A. C., & Miller, D. L. (2015). A practitioner's guide to cluster-robust inference. *Journal of Human
    Resources*, 50(2), 317–372.
    """
    rows = []
    merged = hierarchical.merged(scores, controls)
    for outcome in structural_paths(study):
        steps = hierarchical.blocks(study, outcome)
        for errors in kinds(respondents, study):
            data = hierarchical.clustered(merged, respondents, errors)
            rows += _rows(hierarchical.sample(data, outcome, steps, errors), errors, study)
    return pd.DataFrame(rows, columns=list(TABLES["regression_errors"].columns))


def kinds(respondents: pd.DataFrame, study: Study) -> list[str]:
    """Classical, HC3, and what may tell clusters apart: waves, firms that answered repeatedly, nominal attributes.

    The study's own kind is among them, whatever it is.
    """
    firms = respondents.loc[respondents["firm"] != "", "firm"]
    found = [
        *("classical", "HC3"),
        *(["wave"] if len(study.waves) > 1 else []),
        *(["firm"] if firms.duplicated().any() else []),
        *study.of_kind("nominal"),
    ]
    return list(dict.fromkeys([*found, study.standard_errors]))


def _rows(sample: hierarchical.Sample, errors: str, study: Study) -> list[dict]:
    """The constant and every term; empty numbers for those that cannot be estimated."""
    about = {
        "outcome": sample.outcome,
        "errors": hierarchical.named(errors),
        "chosen": errors == study.standard_errors,
        "clusters": sample.frame[hierarchical.CLUSTER].nunique() if hierarchical.CLUSTER in sample.frame else None,
    }
    reasons = dict.fromkeys(["const", *sample.terms], sample.why_not)
    table = pd.DataFrame(index=list(reasons))
    if not sample.why_not:
        fitted = hierarchical.fit(sample.frame, sample.outcome, sample.estimable, errors)
        table = hierarchical.inference(fitted).reindex(list(reasons))
        reasons |= dict.fromkeys(hierarchical.untold(fitted), "no error: the residuals sum to 0 in every cluster")
    notes = [*sample.notes, *sample.error_notes]
    return [
        about | row | {"note": joined(reasons[row["term"]], *notes)}
        for row in table.rename_axis("term").reset_index().to_dict("records")
    ]
