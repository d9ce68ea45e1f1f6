"""True values -> scores of constructs -> ordinal answers, some of them careless or left open."""

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.errors import UserError
from analysis.study import Study
from analysis.synthetic.truth import Truth

UNFINISHED_AFTER = 0.45  # the part of the questionnaire that unfinished rows have answered


def simulate(truth: Truth, study: Study) -> dict[str, pd.DataFrame]:
    """The raw answers of every wave, a row a questionnaire in the order of submission.

    Columns: every variable of the codebook, coded as asked (float, NaN: left open); ``seconds`` (whole number),
    ``submitted`` (time), ``status`` (answered, preview, unfinished) and ``careless`` (the kind, or ""), which no
    export shows. A wave depends on the seed and on its place among the waves, not on the other waves.
    """
    return {
        wave: _wave(truth, study, wave, np.random.default_rng([truth.seed, number]))
        for number, wave in enumerate(study.waves)
    }


def latent_scores(truth: Truth, study: Study, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Scores (n rows) of all constructs, and of the normal variables behind all attributes; variances about 1."""
    names = [*(c for c in study.constructs if c not in truth.paths), *truth.attributes]
    correlation = pd.DataFrame(np.eye(len(names)), names, names)
    for a, others in truth.correlations.items():
        for b, r in others.items():
            correlation.loc[a, b] = correlation.loc[b, a] = r
    try:
        root = np.linalg.cholesky(correlation.to_numpy())
    except np.linalg.LinAlgError:
        raise UserError("The correlations of the true values contradict each other.") from None
    scores = pd.DataFrame(rng.standard_normal((n, len(names))) @ root.T, columns=names)
    for outcome, terms in truth.paths.items():
        explained = sum(
            _coefficient(truth, term, b, outcome, scores) * _term(scores, term) for term, b in terms.items()
        )
        scores[outcome] = explained + rng.standard_normal(n) * np.sqrt(truth.residual_variances[outcome])
    return scores


def attributes(truth: Truth, study: Study, scores: pd.DataFrame) -> pd.DataFrame:
    """The answers to the questions about the firm, from the normal scores behind them."""
    answers = {}
    for name, true in truth.attributes.items():
        if true.shares:
            answers[name] = _group(truth, name, scores)
        else:
            variable = study.codebook[name]
            number = np.exp(np.log(true.median) + true.spread * scores[name])
            answers[name] = number.round().clip(variable.minimum, variable.maximum)
    return pd.DataFrame(answers).astype(float)


def likert_answers(truth: Truth, study: Study, scores: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The honest answers (1, 2, ...) to all items, reverse-worded ones as asked."""
    n = len(scores)
    factors = {}
    for name, construct in study.constructs.items():
        if construct.items:
            factors |= dict.fromkeys(construct.items, scores[name].to_numpy())
        for dimension, described in construct.dimensions.items():
            factor = _indicator(scores[name].to_numpy(), truth.dimensions[dimension], rng)
            factors |= dict.fromkeys(described.items, factor)
    factors |= dict.fromkeys(study.marker, rng.standard_normal(n))
    answers = {}
    for name, true in truth.items.items():
        response = _indicator(factors.get(name, np.zeros(n)), true.loading, rng)
        codes = sorted(study.options(name))
        step = np.digitize(response + true.easier, truth.thresholds)
        answers[name] = np.array(codes[::-1] if study.codebook[name].reverse else codes)[step]
    return pd.DataFrame(answers).astype(float)


def _wave(truth: Truth, study: Study, wave: str, rng: np.random.Generator) -> pd.DataFrame:
    about = truth.waves[wave]
    n = about.firms + about.previews + about.unfinished
    scores = latent_scores(truth, study, n, rng)
    for construct, shift in truth.trends.get(wave, {}).items():
        scores[construct] += shift
    honest = pd.concat([attributes(truth, study, scores), likert_answers(truth, study, scores, rng)], axis=1)
    for check, answer in study.screening.attention.items():
        honest[check] = float(answer)
    honest = honest[list(study.codebook)]
    kind = _kinds(truth, n, rng)
    status = rng.permutation(
        ["answered"] * about.firms + ["preview"] * about.previews + ["unfinished"] * about.unfinished
    )
    kind[status == "preview"] = "random"  # the makers of the survey click through it
    answers = _leave_open(_answer_carelessly(honest, kind, study, rng), truth, study, status, rng)
    answers["seconds"] = _seconds(truth, kind, len(study.codebook), rng)
    answers["submitted"] = _moments(about.opens, about.days, n, rng)
    answers["status"] = status
    answers["careless"] = kind
    return answers


def _coefficient(truth: Truth, term: str, value: float, outcome: str, scores: pd.DataFrame):
    """A path coefficient, for each row where it differs between groups."""
    for difference in truth.differences:
        if difference.path == f"{term} -> {outcome}":
            value = value + _group(truth, difference.by, scores).map(difference.add)
    return value


def _term(scores: pd.DataFrame, term: str) -> pd.Series:
    """A score, or the product of the scores that ``*`` joins."""
    return scores[[name.strip() for name in term.split("*")]].prod(axis=1)


def _group(truth: Truth, name: str, scores: pd.DataFrame) -> pd.Series:
    """The answers 1, 2, ... in the stated shares, from the normal score behind them."""
    steps = np.cumsum(truth.attributes[name].shares)[:-1]
    return pd.Series(np.digitize(ndtr(scores[name]), steps) + 1, index=scores.index)


def _indicator(factor: np.ndarray, loading: float, rng: np.random.Generator) -> np.ndarray:
    return loading * factor + np.sqrt(1 - loading**2) * rng.standard_normal(len(factor))


def _kinds(truth: Truth, n: int, rng: np.random.Generator) -> np.ndarray:
    """How each respondent is careless; "" for careful ones."""
    kind = np.full(n, "", dtype=object)
    rows = rng.permutation(n)[: round(truth.careless.share * n)]
    kind[rows] = rng.choice(list(truth.careless.kinds), size=len(rows), p=list(truth.careless.kinds.values()))
    return kind


def _answer_carelessly(honest: pd.DataFrame, kind: np.ndarray, study: Study, rng: np.random.Generator) -> pd.DataFrame:
    """The honest answers, with those of careless respondents to agreement items and checks put in their place."""
    asked = list(study.of_kind("likert", "attention"))
    answers = honest.copy()
    given = honest[asked].to_numpy()
    lowest = np.array([min(study.options(v)) for v in asked])
    highest = np.array([max(study.options(v)) for v in asked])
    anything = rng.integers(lowest, highest + 1, size=given.shape)
    same = rng.integers(highest // 2 + 1, highest + 1, size=(len(given), len(asked)))[:, :1]
    checks = np.isin(asked, list(study.screening.attention))
    after_check = np.cumsum(checks) > 0
    failed = np.where(anything == given, np.where(given == lowest, highest, lowest), anything)
    put = {
        "straight": np.broadcast_to(same, given.shape),
        "random": anything,
        "hasty": np.where(rng.random(given.shape) < 0.5, anything, given),
        "tired": np.where(checks, failed, np.where(after_check, anything, given)),
    }
    for name, replacement in put.items():
        given = np.where((kind == name)[:, None], replacement, given)
    answers[asked] = given.astype(float)
    return answers


def _leave_open(
    answers: pd.DataFrame, truth: Truth, study: Study, status: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Answers with gaps: here and there (a check is always answered), and from where a respondent stopped."""
    n, asked = answers.shape
    checks = np.array([study.codebook[v].kind == "attention" for v in answers])
    anyone = np.array([truth.missing.more.get(v, 0) for v in answers])
    leaves_gaps = rng.random((n, 1)) < truth.missing.gaps
    share = np.where(checks, 0, anyone + leaves_gaps * truth.missing.share)
    stops_at = np.where(rng.random(n) < truth.missing.stopping, rng.uniform(0.4, 0.9, n), 1.0)
    stops_at[status == "unfinished"] = UNFINISHED_AFTER
    reached = np.arange(asked) < np.round(stops_at * asked)[:, None]
    return answers.where((rng.random((n, asked)) >= share) & reached)


def _seconds(truth: Truth, kind: np.ndarray, questions: int, rng: np.random.Generator) -> np.ndarray:
    """How long each questionnaire took."""
    true = truth.seconds
    usual = np.where(kind == "", true.careful, true.careless) * np.exp(true.spread * rng.standard_normal(len(kind)))
    hasty = rng.uniform(*true.hasty, len(kind))
    return np.round(np.where(kind == "hasty", hasty, usual) * questions).astype(int)


def _moments(opens: date, days: int, n: int, rng: np.random.Generator) -> pd.DatetimeIndex:
    """When the questionnaires came in, earliest first: between eight in the morning and ten at night."""
    seconds = np.sort(rng.integers(0, days, n) * 86400 + rng.integers(8 * 3600, 22 * 3600, n))
    return pd.Timestamp(opens) + pd.to_timedelta(seconds, unit="s")
