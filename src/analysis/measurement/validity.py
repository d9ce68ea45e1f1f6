"""Are the constructs distinct, and does each item go with its own? Discriminant validity, four ways."""

from itertools import combinations, combinations_with_replacement

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from analysis.sem import Fit
from analysis.sem.side_by_side import BETWEEN, joined, trouble, try_fit, unusable, unvarying
from analysis.study import Study
from analysis.study.model import measurement_model
from analysis.study.scores import score

DISTINCT, NOT_DISTINCT = "the two are distinct", "the two are not shown to be distinct"
EXCLUDED = "the interval excludes the ratio itself, for resampled correlations near 0 are larger in absolute value"


def fornell_larcker(reliability: pd.DataFrame, latent: dict[frozenset[str], float], study: Study) -> pd.DataFrame:
    """One row a pair of constructs; the columns of results.TABLES["fornell_larcker"].

    ``reliability``: column ave by scale; ``latent``: the correlations of the CFA. The criterion (Fornell & Larcker
    1981): both constructs share more variance with their own indicators (AVE) than with each other (r²). It cannot be
    judged, and holds is empty, for a construct of one item, which is not in the CFA.
    """
    ave = reliability.set_index("scale")["ave"]
    rows = []
    for a, b in combinations_with_replacement(study.constructs, 2):
        if a == b:
            value, holds = np.sqrt(ave[a]), np.isfinite(ave[a])
        else:
            value = latent.get(frozenset((a, b)), np.nan)
            holds = min(ave[a], ave[b]) > value**2
        known = np.isfinite([value, ave[a], ave[b]]).all()
        rows.append({"a": a, "b": b, "value": value, "holds": ("no", "yes")[int(holds)] if known else ""})
    return pd.DataFrame(rows, columns=["a", "b", "value", "holds"])


def htmt(respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row a pair of constructs and a ratio; the columns of results.TABLES["htmt"].

    The mean correlation between the indicators of two constructs over the geometric mean of the two mean correlations
    within (HTMT: arithmetic means, Henseler, Ringle & Sarstedt 2015; HTMT2: geometric means, Roemer, Schuberth &
    Henseler 2021), of absolute Pearson correlations, from those who answered all items that anybody did (listwise). R:
    ``semTools::htmt(model, data, htmt2 = FALSE / TRUE)``. The indicators of a second-order construct are the means of
    its dimensions' items (Sarstedt et al. 2019): its items would be counted as if they measured it directly, and the
    ratio come out too low. The correlation within a construct of one item is 1, as in seminr. Intervals: percentiles of
    ``study.draws`` resamples of the respondents; a draw fails in which an indicator does not vary. The note says where
    an interval reaches 1, by which Henseler et al. judge that two constructs are not distinct, and where it excludes
    its ratio: absolute values of correlations near 0 grow by resampling.
    """
    indicators = {name: list(c.dimensions) or list(c.items) for name, c in study.constructs.items()}
    scales = study.scales()
    answers = respondents[list(study.items)].astype(float)
    complete = answers.dropna(subset=answers.columns[answers.notna().any()])
    values = pd.DataFrame({i: complete[list(scales.get(i, [i]))].mean(axis=1) for c in indicators.values() for i in c})
    columns = {name: [values.columns.get_loc(i) for i in some] for name, some in indicators.items()}
    drawn = _correlations(values.to_numpy(), study.draws, np.random.default_rng(study.seed))
    observed, drawn = drawn[0], np.abs(drawn)
    constant = [i for i, r in zip(values, np.diag(observed), strict=True) if not np.isfinite(r)]
    rows = []
    for a, b in combinations(study.constructs, 2):
        own = [i for i in constant if i in indicators[a] + indicators[b]]
        still = unvarying(complete[[*study.constructs[a].all_items, *study.constructs[b].all_items]])
        if len(values) < 4:
            note = "fewer than four respondents answered all items"
        elif own:
            note = still or f"{', '.join(own)} does not vary"
        else:
            note = joined(still, _caveats(observed, a, b, columns))
        for ratio in ("HTMT", "HTMT2"):
            est, *draws = _ratio(drawn, columns[a], columns[b], geometric=ratio == "HTMT2")
            draws = np.array(draws)
            found = draws[np.isfinite(draws)]
            lower, upper = np.quantile(found, [0.025, 0.975]) if len(found) else (np.nan, np.nan)
            alike = f"the interval reaches 1: {NOT_DISTINCT}" if upper >= 1 else ""
            biased = "" if lower <= est <= upper or not len(found) else EXCLUDED
            rows.append(
                {
                    **{"a": a, "b": b, "ratio": ratio, "est": est, "ci_lower": lower, "ci_upper": upper},
                    **{"draws": study.draws, "failed": study.draws - len(found), "note": joined(note, biased, alike)},
                }
            )
    columns = ["a", "b", "ratio", "est", "ci_lower", "ci_upper", "draws", "failed", "note"]
    return pd.DataFrame(rows, columns=columns)


def constrained_correlations(cfa: Fit | None, respondents: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row a pair of constructs; the columns of results.TABLES["constrained_correlations"].

    ``cfa``: the CFA by MLR. It is estimated again with the variances of the constructs at 1 and the covariance of the
    pair at 1, or at −1 where the free correlation is negative; the difference of the chi-squares has one degree of
    freedom (Anderson & Gerbing 1988; R: ``lavTestLRT(cfa, restricted)``, scaled by Satorra & Bentler 2001). Where their
    factor is not positive, as happens far from the null hypothesis, the difference is divided by the ratio of the
    robust to the plain variance of r, to which Satorra's (2000) factor comes down for one restriction, and the note
    says so. Correlations with other constructs stay free: this is not the model in which the two are one, which makes
    these equal as well (rival_models has it). Intervals of r: delta method. The note says where the interval reaches 1
    (a severe problem: Rönkkö & Cho 2022) or the test does not reject it at the study's level of significance, and where
    the two disagree; where there is no test, what the interval says; and where the restricted model has a
    negative variance or another correlation beyond 1. There is no test where it has no minimum: its chi-square may go
    on falling while the loadings of a construct of the pair shrink to nothing and its other correlations grow without
    bound, from any start and in lavaan too.
    """
    why_not, text = unusable(cfa), _unit_variances(measurement_model(study), study)
    robust, plain = pd.DataFrame() if why_not else _pairs(cfa, study), None
    rows = []
    for a, b in combinations(study.constructs, 2):
        row = {"a": a, "b": b, "note": ""}
        pair, single = frozenset((a, b)), [name for name in (a, b) if study.constructs[name].single]
        rows.append(row)
        if single or pair not in robust.index:
            missing = f"the CFA {why_not or 'has no such correlation'}"
            row["note"] = f"{' and '.join(single)}: one item, not in the CFA" if single else missing
            continue
        row["r"] = robust["est_std"][pair]
        row |= {bound: robust[bound][pair] for bound in ("ci_lower", "ci_upper")}
        options = {"estimator": cfa.estimator, "missing": cfa.missing}
        restricted, note = try_fit(f"{text}\n{_held(pair, robust['est_std'])}", respondents, **options)
        notes = [note]
        if restricted and restricted.converged:
            scale = _scaling(cfa, restricted)
            if _improper(restricted):
                notes.append(f"with the correlation held: {trouble(restricted).replace(BETWEEN, ', ')}")
            if not scale > 0:
                if plain is None:
                    plain = _pairs(try_fit(text, respondents, **options | {"estimator": "ML"})[0], study)
                scale = (robust["se"][pair] / plain["se"][pair]) ** 2
                notes.append("scaled by the robust over the plain variance of r")
            row["chisq_diff"] = (restricted.measures["chisq"] - cfa.measures["chisq"]) / scale
            row |= {"pvalue_diff": chdtrc(1, row["chisq_diff"]), "df_diff": 1}
        elif restricted:
            notes.append(_no_minimum(restricted, study))
        row["note"] = joined(*notes, _alike(row, study.significance))
    columns = ["a", "b", "r", "ci_lower", "ci_upper", "chisq_diff", "df_diff", "pvalue_diff", "note"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:-1], float))


def cross_loadings(respondents: pd.DataFrame, scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row an item and a construct; the columns of results.TABLES["cross_loadings"].

    Pearson's r of those who have both; the score of an item's own construct is made again without the item, by the same
    rule as all scores. Empty for a single item with itself, and where item or score does not vary.
    """
    rows = []
    for name, construct in study.constructs.items():
        for item in construct.all_items:
            for other in study.constructs:
                values = scores[other]
                if other == name:
                    values = score(respondents[[i for i in construct.all_items if i != item]], study)
                r = _pearson(respondents[item].to_numpy(float), values.to_numpy(float))
                rows.append({"item": item, "construct": other, "own": other == name, "r": r})
    return pd.DataFrame(rows, columns=["item", "construct", "own", "r"])


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    return float(np.corrcoef(x, y)[0, 1])


def _correlations(values: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Correlation matrices of the sample and of its resamples, (1 + draws) × m × m; NaN where a column is constant."""
    n, m = values.shape
    if n < 4:
        return np.full((1 + draws, m, m), np.nan)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    found = np.empty((1 + draws, m, m))
    for k in range(1 + draws):
        weights = rng.multinomial(n, np.full(n, 1 / n)) / n if k else np.full(n, 1 / n)
        mean = weights @ values
        found[k] = (values.T * weights) @ values - np.outer(mean, mean)
    variance = np.diagonal(found, axis1=1, axis2=2)
    sd = np.sqrt(np.where(variance > 1e-12, variance, np.nan))
    return found / sd[:, :, None] / sd[:, None, :]


def _ratio(absolute: np.ndarray, a: list[int], b: list[int], geometric: bool) -> np.ndarray:
    """HTMT of each matrix of absolute correlations, or HTMT2; NaN where it does not exist."""

    def mean(values: np.ndarray) -> np.ndarray:
        return np.exp(np.log(values).mean(axis=1)) if geometric else values.mean(axis=1)

    def within(some: list[int]) -> np.ndarray:
        first, second = np.array(some)[np.array(np.triu_indices(len(some), 1))]
        return mean(absolute[:, first, second]) if len(some) > 1 else absolute[:, some[0], some[0]]

    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = mean(absolute[:, a][:, :, b].reshape(len(absolute), -1)) / np.sqrt(within(a) * within(b))
    return np.where(np.isfinite(ratio), ratio, np.nan)


def _caveats(correlations: np.ndarray, a: str, b: str, columns: dict[str, list[int]]) -> str:
    """What the ratio of two constructs takes for granted and their correlations do not give."""
    notes = []
    for name in (a, b):
        some = columns[name]
        below = np.array(some)[np.array(np.tril_indices(len(some), -1))]
        negative = int((correlations[tuple(below)] < 0).sum())
        if len(some) == 1:
            notes.append(f"{name}: one item, taken as free of error")
        elif negative:
            notes.append(
                f"{name}: {negative} of {below.shape[1]} correlations within are negative, their sign is ignored"
            )
    between = correlations[np.ix_(columns[a], columns[b])]
    minority = int(min((between < 0).sum(), (between > 0).sum()))
    if minority:
        notes.append(f"correlations between differ in sign ({minority} of {between.size}), which is ignored")
    return joined(*notes)


def _alike(row: dict, significance: float) -> str:
    """In words, where an interval or a test cannot tell the correlation of two constructs from 1 or −1.

    Where there is no test, what the interval alone says.
    """
    held, bound = ("-1", -row["ci_lower"]) if row["r"] < 0 else ("1", row["ci_upper"])
    if not np.isfinite(bound):
        return ""
    reached, p = bound >= 1, row.get("pvalue_diff", np.nan)
    if not np.isfinite(p):
        return (
            f"its interval reaches {held}: {NOT_DISTINCT}" if reached else f"its interval excludes {held}: {DISTINCT}"
        )
    rejected = p < significance
    if reached and rejected:
        return f"the interval reaches {held}, though the test rejects it: the two are hardly distinct"
    if reached:
        return f"the interval reaches {held} and the test does not reject it: {NOT_DISTINCT}"
    if rejected:
        return ""
    return f"the test does not reject {held}, though the interval excludes it: the two are hardly distinct"


def _unit_variances(text: str, study: Study) -> str:
    """The measurement model with the variances of the constructs, and no loading of theirs, fixed at 1."""
    several = [name for name, c in study.constructs.items() if not c.single]
    lines = []
    for line in text.splitlines():
        name, _, indicators = line.partition(" =~ ")
        lines.append(f"{name} =~ NA*{indicators}" if name in several and indicators else line)
    return "\n".join([*lines, *(f"{name} ~~ 1*{name}" for name in several)])


def _pairs(fitted: Fit, study: Study) -> pd.DataFrame:
    """The correlations of the constructs in a fit with their errors, by pair."""
    rows = fitted.standardized().query("op == '~~' and lhs != rhs")
    rows = rows[rows["lhs"].isin(study.constructs) & rows["rhs"].isin(study.constructs)]
    return rows.set_index(pd.Index([frozenset(pair) for pair in zip(rows["lhs"], rows["rhs"], strict=True)]))


def _held(pair: frozenset[str], r: pd.Series) -> str:
    """The covariances of the constructs with a pair's held at 1 or −1.

    The search starts where the two correlate equally with every other construct, so that all correlations are possible.
    """
    sign = -1 if r[pair] < 0 else 1
    lines = []
    for other in r.index:
        start = r[other] if len(other & pair) != 1 else (r[other] + sign * r.get(other ^ pair, r[other])) / 2
        lines.append(" ~~ {}*".format(sign if other == pair else f"start({start:.6f})").join(sorted(other)))
    return "\n".join(lines)


def _no_minimum(restricted: Fit, study: Study) -> str:
    """That the search found no minimum, and which other correlation, if any, left its bounds."""
    reached = restricted.parameters.query("op == '~~' and lhs != rhs and lhs in @study.constructs")
    most = reached.loc[reached["est"].abs().idxmax()]
    beyond = f": that of {most['lhs']} and {most['rhs']} grows beyond 1" if abs(most["est"]) > 1 else ""
    return f"with the correlation held no minimum was found{beyond}"


def _improper(restricted: Fit) -> bool:
    """A negative variance or another correlation beyond 1; the one held makes the latent matrix singular anyway."""
    rows = restricted.standardized().query("op == '~~'")
    own = rows["lhs"] == rows["rhs"]
    return bool((rows["est_std"][own] < 0).any() or (rows["est_std"][~own].abs() > 1 + 1e-6).any())


def _scaling(less: Fit, more: Fit) -> float:
    """d₀c₀ − d₁c₁ over d₀ − d₁ (Satorra & Bentler 2001), here 1."""
    (d0, c0), (d1, c1) = ((f.measures["df"], f.measures["chisq_scaling_factor"]) for f in (more, less))
    return d0 * c0 - (d1 * c1 if d1 else 0.0)
