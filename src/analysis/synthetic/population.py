"""True values -> scores of constructs -> ordinal answers, some of them careless, left open or given twice."""

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from analysis.errors import UserError
from analysis.study import Study
from analysis.synthetic.truth import Truth

UNFINISHED_AFTER = 0.45  # the part of the questionnaire that unfinished rows have answered
IP_BLOCKS = ("192.0.2", "198.51.100", "203.0.113")  # reserved for documentation: they belong to nobody
ALIKE = 3  # answers in which a firm that answers twice differs from itself


def simulate(truth: Truth, study: Study) -> dict[str, pd.DataFrame]:
    """The raw answers of every wave, a row a questionnaire in the order of submission; pasted rows come last.

    Columns: those of every variable that the wave asked (`Study.columns`), coded as asked (float, NaN: left open);
    the identifier, where the study has one (text, "" not given); ``seconds`` (whole number), ``submitted`` (time),
    ``address`` (of the network), ``status`` (answered, preview, unfinished), ``same_as`` (the row that this one
    repeats, else its own) and, which no export shows, ``firm`` (number) and ``careless`` (the kind, or "").
    """
    draws = np.random.default_rng(truth.seed)
    firms = _firms(truth, study, draws)
    drawn = innovations(truth, study, 1 + max(f.index.max() for f in firms.values()), len(study.waves), draws)
    return {
        wave: _wave(truth, study, wave, firms[wave], drawn[number], np.random.default_rng([truth.seed, number]))
        for number, wave in enumerate(study.waves)
    }


def _firms(truth: Truth, study: Study, rng: np.random.Generator) -> dict[str, pd.Series]:
    """Who answers in each wave: years since the firm first answered, by the firm's number, in random order."""
    members: dict[str, dict[int, int]] = {wave: {} for wave in study.waves}
    years = {wave: about.opens.year for wave, about in truth.waves.items()}
    number = 0
    for waves, count in truth.panel.firms.items():
        first = years[waves.split("+")[0]]
        for wave in waves.split("+"):
            members[wave] |= dict.fromkeys(range(number, number + count), years[wave] - first)
        number += count
    for wave, about in truth.waves.items():
        once = about.firms + about.previews + about.unfinished - len(members[wave])
        if once < 0:
            raise UserError(f"The true values let more firms come back in wave {wave} than answer it.")
        members[wave] |= dict.fromkeys(range(number, number + once), 0)
        number += once
    return {wave: pd.Series(found)[rng.permutation(list(found))] for wave, found in members.items()}


def innovations(truth: Truth, study: Study, n: int, waves: int, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Independent standard normals of n firms (rows), a column an attribute or construct, for each of several waves.

    Those of steady attributes stay; the others are correlated by ``truth.panel.carry_over`` from a wave to the next,
    so that each wave taken alone follows the stated model.
    """
    steady = [name for name, true in truth.attributes.items() if not true.changes]
    names = [*steady, *(a for a in truth.attributes if a not in steady), *study.constructs]
    carried = np.where(np.isin(names, steady), 1.0, truth.panel.carry_over)
    found = [rng.standard_normal((n, len(names)))]
    for _ in range(waves - 1):
        found.append(carried * found[-1] + np.sqrt(1 - carried**2) * rng.standard_normal((n, len(names))))
    return [pd.DataFrame(z, columns=names) for z in found]


def latent_scores(truth: Truth, drawn: pd.DataFrame) -> pd.DataFrame:
    """Scores of all constructs and of what is behind all attributes, from `innovations` (rows); variances about 1."""
    names = [name for name in drawn if name not in truth.paths]
    correlation = pd.DataFrame(np.eye(len(names)), names, names)
    for a, others in truth.correlations.items():
        for b, r in others.items():
            correlation.loc[a, b] = correlation.loc[b, a] = r
    try:
        root = np.linalg.cholesky(correlation.to_numpy())
    except np.linalg.LinAlgError:
        raise UserError("The correlations of the true values contradict each other.") from None
    scores = drawn[names] @ root.T
    scores.columns = names
    for outcome, terms in truth.paths.items():
        explained = sum(
            _coefficient(truth, term, b, outcome, scores) * _term(scores, term) for term, b in terms.items()
        )
        scores[outcome] = explained + drawn[outcome] * np.sqrt(truth.residual_variances[outcome])
    return scores


def attributes(truth: Truth, study: Study, scores: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The answers to the questions about the firm, from the normal scores behind them; ticked options are 1, else 0."""
    answers = {}
    for name, true in truth.attributes.items():
        if true.shares:
            answers[name] = _group(truth, name, scores)
        elif true.ticked:
            *options, none = study.columns(name)
            for column, share in zip(options, true.ticked, strict=True):
                answers[column] = _indicator(scores[name], true.loading, rng) > ndtri(1 - share)
            answers[none] = ~np.any([answers[column] for column in options], axis=0)
        else:
            answers[name] = np.exp(np.log(true.median) + true.spread * scores[name]).round()
    return pd.DataFrame(answers).astype(float)


def likert_answers(
    truth: Truth, study: Study, scores: pd.DataFrame, wave: str, rng: np.random.Generator
) -> pd.DataFrame:
    """The honest answers (1, 2, ...) to all items on the scale of the wave, reverse-worded ones as asked."""
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
        scale = study.waves[wave].scale(study.codebook[name])
        response = _indicator(factors.get(name, np.zeros(n)), true.loading, rng)
        codes = sorted(study.answers[scale])
        step = np.digitize(response + true.easier, truth.thresholds[scale])
        answers[name] = np.array(codes[::-1] if study.codebook[name].reverse else codes)[step]
    return pd.DataFrame(answers).astype(float)


def _wave(
    truth: Truth, study: Study, wave: str, years: pd.Series, drawn: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    about, n, firms = truth.waves[wave], len(years), years.index.to_numpy()
    scores = latent_scores(truth, drawn.loc[firms].reset_index(drop=True))
    for construct, shift in truth.trends.get(wave, {}).items():
        scores[construct] += shift
    firm = attributes(truth, study, scores, rng)
    for name, true in truth.attributes.items():
        if true.grows:
            firm[name] += years.to_numpy()
        if study.codebook[name].kind == "number":
            firm[name] = firm[name].clip(study.codebook[name].minimum, study.codebook[name].maximum)
    honest = pd.concat([firm, likert_answers(truth, study, scores, wave, rng)], axis=1)
    for check, answer in study.screening.attention.items():
        honest[check] = float(answer)
    for name in study.of_kind("identifier"):
        honest[name] = _identifiers(firms, truth, rng)
    asked = [v for v in study.codebook if v not in study.waves[wave].not_asked]
    honest = honest[[c for v in asked for c in study.columns(v) or (v,)]]

    kind = _kinds(truth, n, rng)
    status = np.full(n, "answered", dtype=object)
    newcomers = rng.permutation(np.flatnonzero(firms >= sum(truth.panel.firms.values())))
    status[newcomers[: about.previews]] = "preview"
    status[newcomers[about.previews : about.previews + about.unfinished]] = "unfinished"
    kind[status == "preview"] = "random"  # the makers of the survey click through it
    answers = _leave_open(_answer_carelessly(honest, kind, study, wave, rng), asked, truth, study, status, rng)
    answers["seconds"] = _seconds(truth, kind, len(asked), rng)
    answers["submitted"] = _moments(about.opens, about.days, n, rng)
    answers["address"] = _addresses(n, about.one_address, rng)
    answers["status"], answers["careless"], answers["firm"] = status, kind, firms
    answers = _answer_again(answers, about.again, study, wave, rng)
    answers["same_as"] = np.arange(len(answers))
    pasted = rng.permutation(np.flatnonzero(answers["status"] == "answered"))[: about.pasted]
    return pd.concat([answers, answers.iloc[np.sort(pasted)]], ignore_index=True)


def _identifiers(firms: np.ndarray, truth: Truth, rng: np.random.Generator) -> np.ndarray:
    """A made-up registration number of each firm, typed a little differently by some; "" where it is not given."""
    numbers = np.random.default_rng([truth.seed, 99]).permutation(10**6)[firms]
    typed = np.array([f"SYN-{number:06d}" for number in numbers], dtype=object)
    small = rng.random(len(firms)) < 0.06
    typed[small] = [text.lower() + " " for text in typed[small]]
    return np.where(rng.random(len(firms)) < truth.panel.named, typed, "")


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


def _answer_carelessly(
    honest: pd.DataFrame, kind: np.ndarray, study: Study, wave: str, rng: np.random.Generator
) -> pd.DataFrame:
    """The honest answers, with those of careless respondents to agreement items and checks put in their place."""
    asked = [v for v in study.of_kind("likert", "attention") if v in honest]
    codes = [study.answers[study.waves[wave].scale(study.codebook[v])] for v in asked]
    answers = honest.copy()
    given = honest[asked].to_numpy()
    lowest, highest = np.array([min(c) for c in codes]), np.array([max(c) for c in codes])
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
    answers: pd.DataFrame, asked: list[str], truth: Truth, study: Study, status: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Answers with gaps: here and there (a check is always answered), and from where a respondent stopped."""
    n, questions = len(answers), len(asked)
    spared = np.array([study.codebook[v].kind in ("attention", "identifier") for v in asked])
    anyone = np.array([truth.missing.more.get(v, 0) for v in asked])
    leaves_gaps = rng.random((n, 1)) < truth.missing.gaps
    share = np.where(spared, 0, anyone + leaves_gaps * truth.missing.share)
    stops_at = np.where(rng.random(n) < truth.missing.stopping, rng.uniform(0.4, 0.9, n), 1.0)
    stops_at[status == "unfinished"] = UNFINISHED_AFTER
    reached = np.arange(questions) < np.round(stops_at * questions)[:, None]
    given = (rng.random((n, questions)) >= share) & reached
    answers = answers.copy()
    for place, variable in enumerate(asked):
        for column in study.columns(variable):
            answers[column] = answers[column].where(given[:, place])
    return answers


def _answer_again(answers: pd.DataFrame, count: int, study: Study, wave: str, rng: np.random.Generator) -> pd.DataFrame:
    """Some careful firms answer once more a few minutes later, from the same address and almost as before."""
    careful = np.flatnonzero((answers["status"] == "answered") & (answers["careless"] == ""))
    second = answers.iloc[np.sort(rng.permutation(careful)[:count])].copy()
    items = [v for v in study.of_kind("likert") if v in answers]
    for row in range(len(second)):
        for item in rng.choice(items, ALIKE, replace=False):
            codes = study.answers[study.waves[wave].scale(study.codebook[item])]
            second.iloc[row, second.columns.get_loc(item)] = float(rng.choice(list(codes)))
    second["submitted"] += pd.to_timedelta(second["seconds"] + rng.integers(60, 900, len(second)), unit="s")
    return pd.concat([answers, second]).sort_values("submitted", kind="stable", ignore_index=True)


def _addresses(n: int, one: int, rng: np.random.Generator) -> np.ndarray:
    """A network address for each row; the last one of the last block is shared by ``one`` rows."""
    last = rng.integers(1, 254, n)
    drawn = np.array([f"{b}.{k}" for b, k in zip(rng.choice(IP_BLOCKS, n), last, strict=True)], dtype=object)
    drawn[rng.permutation(n)[:one]] = f"{IP_BLOCKS[-1]}.254"
    return drawn


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
