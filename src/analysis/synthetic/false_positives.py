"""How often does the rule of verdicts say *supported* where nothing is there, and how often where something is?

Samples are drawn from the population of the synthetic study (`population`), once without any effect and once with the
true ones. Whoever runs the study analyses them as the workflow does and brings back the words; here these are counted,
and told on a page.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.study import Study
from analysis.synthetic.population import simulate
from analysis.synthetic.truth import Panel, Truth

SAMPLES = {
    "zero": "no effect at all, each firm answering once",
    "returning": "no effect at all, some firms answering in several waves",
    "effects": "the true effects, each firm answering once",
}
BOTH = "both"  # methods deciding together
WORDS = ("supported", "opposite", "mixed", "not supported", "not testable")
FOUND = WORDS[:3]  # together, in the counts: found
COLUMNS = {
    "sample": "zero, returning or effects",
    "replication": "number of the sample, from 0",
    "expect": "study: the signs that the study file expects; either: none",
    "correction": "of p for the number of hypotheses: none, holm or bh",
    "by": "structural model, regression or both: what decides",
    "hypothesis": "name in the study file",
    "word": "what it says of the hypothesis",
}
Z = 1.959963984540054  # of a 95 % interval


@dataclass(frozen=True)
class Settings:
    """What is drawn: firms that answer in each wave, draws of every bootstrap, the seed of all."""

    firms: int
    draws: int
    seed: int


# --- Drawing ---


def population(truth: Truth, study: Study, sample: str, firms: int) -> Truth:
    """The true values of one of the `SAMPLES`: ``firms`` careful firms a wave, their answers given once.

    Without effects no construct bears on another, there is no product and no difference between groups; the controls
    keep their paths, and residual variances are such that the explained constructs have variance 1. All else is as
    stated: loadings, thresholds, correlations of what nothing explains, attributes, trends, answers left open.
    """
    again = dict.fromkeys(("previews", "unfinished", "pasted", "again", "one_address"), 0)
    changed = {
        "waves": {w: about.model_copy(update=again | {"firms": firms}) for w, about in truth.waves.items()},
        "careless": truth.careless.model_copy(update={"share": 0.0}),
    }
    if sample != "returning":
        changed["panel"] = Panel()
    if sample != "effects":
        paths = {
            outcome: {t: b for t, b in terms.items() if not {n.strip() for n in t.split("*")} & set(study.constructs)}
            for outcome, terms in truth.paths.items()
        }
        left = {outcome: 1.0 - _explained(terms, truth) for outcome, terms in paths.items()}
        changed |= {"paths": paths, "differences": (), "residual_variances": left, "r2": {}, "hypotheses": {}}
    return truth.model_copy(update=changed)


def _explained(terms: dict[str, float], truth: Truth) -> float:
    """b'Rb: the variance that attributes with correlations R explain."""
    known = truth.correlations
    return sum(
        b * c * (1.0 if one == other else known.get(one, {}).get(other, known.get(other, {}).get(one, 0.0)))
        for one, b in terms.items()
        for other, c in terms.items()
    )


def draw(truth: Truth, study: Study, seed: int) -> pd.DataFrame:
    """A sample as the survey stage would hand it on: results.TABLES["respondents"], without checks and the marker."""
    kept = [v for v in study.codebook.values() if v.kind not in ("attention", "identifier")]
    columns = [c for v in kept if v.name not in study.marker for c in study.columns(v.name)]
    waves = []
    for wave, answers in simulate(truth.model_copy(update={"seed": seed}), study).items():
        who = pd.DataFrame({"respondent": [f"{wave}:{k}" for k in range(len(answers))], "wave": wave})
        who["firm"] = answers["firm"].astype(str)
        waves.append(pd.concat([who, answers.reindex(columns=columns)], axis=1))
    table = pd.concat(waves, ignore_index=True)
    for variable in kept:
        if variable.reverse and variable.name in table:
            codes = study.options(variable.name)
            table[variable.name] = min(codes) + max(codes) - table[variable.name]
    return table


def seed_of(settings: Settings, sample: str, replication: int) -> int:
    """The seed of one sample and its analysis: its own, whatever else is drawn."""
    key = (list(SAMPLES).index(sample), replication)
    return int(np.random.SeedSequence(settings.seed, spawn_key=key).generate_state(1)[0])


# --- Counting ---


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share of n (Wilson 1927; R: ``prop.test(share * n, n, correct = FALSE)``)."""
    middle, half = share + Z**2 / (2 * n), Z * np.sqrt(share * (1 - share) / n + (Z / (2 * n)) ** 2)
    return float((middle - half) / (1 + Z**2 / n)), float((middle + half) / (1 + Z**2 / n))


def count(words: pd.DataFrame) -> pd.DataFrame:
    """How often each word falls: ``words`` (`COLUMNS`) -> a row a sample, expect, correction, by, hypothesis and word.

    ``share`` is that of the samples in which the word falls on the hypothesis (``any``: on any of them), or of all
    hypotheses together (``all``), with Wilson's Monte Carlo interval; the word ``found`` stands for supported, opposite
    or mixed. Words on one sample go together, so that of ``all`` counts as many verdicts as would vary as much if they
    were independent; as many as samples if none varies.
    """
    about = ["sample", "expect", "correction", "by"]
    rows = []
    for key, some in words.groupby(about, sort=False):
        table = some.pivot(index="replication", columns="hypothesis", values="word")[some["hypothesis"].unique()]
        for word in (*WORDS, "found"):
            said = table.isin(FOUND if word == "found" else [word]).astype(float)
            hits = dict(said.items()) | {"any": said.max(axis=1), "all": said.mean(axis=1)}
            for hypothesis, by_sample in hits.items():
                share, n, variance = by_sample.mean(), len(said), by_sample.var()
                if hypothesis == "all" and variance > 0:
                    n = share * (1 - share) / (variance / n)
                lower, upper = wilson(share, n)
                place = dict(zip(about, key, strict=True)) | {"hypothesis": hypothesis, "word": word}
                rows.append(place | {"share": share, "ci_lower": lower, "ci_upper": upper, "replications": len(said)})
    return pd.DataFrame(rows)


# --- Telling ---


def page(shares: pd.DataFrame, truth: Truth, study: Study, settings: Settings) -> str:
    """The table of `count` as Markdown, and what it says."""
    told = _Told(shares, truth, study)
    parts = [
        _opening(shares, study, settings),
        "## What was found\n",
        *(f"**{title}.** {text}\n" for title, text in told.findings()),
        "## Nothing is there\n",
        "Words in per cent of the samples, with 95 % Monte Carlo intervals of some: first as the study decides, with "
        "the signs that it expects; then *supported* where either sign would do; then how often each method by itself "
        "finds something, whatever its sign (of a difference by several attributes: by one at least).\n",
        told.nothing(),
        "\n## Corrections, and firms that return\n",
        "*Supported* in per cent where nothing is there: of all verdicts, and of the samples with at least one such "
        "verdict; with the signs that the study expects, and where either would do.\n",
        told.by_rule(),
        "\n## What the rule costs\n",
        "The same with the true effects: words in per cent of the samples. *True* says whether the claim holds in the "
        "population; *effect* is standardised.\n",
        told.power(),
    ]
    return "\n".join(parts)


def _opening(shares: pd.DataFrame, study: Study, settings: Settings) -> str:
    drawn = shares.groupby("sample")["replications"].max()
    lines = [f"- **{sample}** ({drawn[sample]} samples): {words}." for sample, words in SAMPLES.items()]
    return f"""\
# False positives of the verdicts

    snakemake false_positives

makes this page anew and writes every word and share to `reports/false-positives/`; it is not edited by hand.

Samples of {settings.firms} firms in each of the {len(study.waves)} waves ({settings.firms * len(study.waves)} answers)
are drawn from the population of the default study and analysed by the very functions of the workflow: scores,
regressions, the structural model with its controls, bootstrap effects, latent products, groups, and the verdicts.
{settings.draws} bootstrap draws stand for the study's {study.draws}; the seed is {settings.seed}, and every sample has
random numbers of its own.

{chr(10).join(lines)}

Where nothing is there, no construct bears on another, no product matters and no groups differ; loadings, thresholds,
controls, answers left open and the correlations of what nothing explains are those of `truth.yaml`. All answer with
care, so that the rule is judged and not the screening. The paths of groups are compared with loadings held equal,
which they are in this population; the ladder of invariance is not climbed in each sample.
"""


@dataclass(frozen=True)
class _Told:
    """The shares, and how they are shown."""

    shares: pd.DataFrame
    truth: Truth
    study: Study

    def of(self, sample: str, hypothesis: str, word: str, by: str = BOTH, expect="study", correction="none"):
        s = self.shares
        these = (s["sample"] == sample) & (s["hypothesis"] == hypothesis) & (s["word"] == word) & (s["by"] == by)
        return s[these & (s["expect"] == expect) & (s["correction"] == correction)].iloc[0]

    def findings(self) -> list[tuple[str, str]]:
        single = {by: self._worst(by) for by in ("structural model", "regression")}
        return [
            (
                "All effects zero",
                f"As the study decides, {_shown(self.of('zero', 'all', 'supported'))} of all verdicts say supported, "
                f"{_shown(self.of('zero', 'all', 'opposite'))} opposite and "
                f"{_shown(self.of('zero', 'all', 'mixed'))} mixed. Where either sign would do, "
                f"{_shown(self.of('zero', 'all', 'supported', expect='either'))} say supported.",
            ),
            (
                "Each method by itself",
                "Whatever its sign, the structural model alone finds an effect in "
                f"{_shown(self.of('zero', 'all', 'found', 'structural model', 'either'))} of all cases, at most in "
                f"{_shown(single['structural model'])} ({single['structural model']['hypothesis']}); the regressions "
                f"alone in {_shown(self.of('zero', 'all', 'found', 'regression', 'either'))}, at most in "
                f"{_shown(single['regression'])} ({single['regression']['hypothesis']}).",
            ),
            (
                "Firms that return",
                "Errors take answers for independent, which those of one firm in several waves are not. Where some "
                "firms return, the structural model alone finds an effect in "
                f"{_shown(self.of('returning', 'all', 'found', 'structural model', 'either'))} of all cases, the "
                f"regressions alone in {_shown(self.of('returning', 'all', 'found', 'regression', 'either'))}; as the "
                f"study decides, {_shown(self.of('returning', 'all', 'supported'))} of all verdicts say supported.",
            ),
            (
                "In a whole study",
                f"At least one of the {len(self.study.hypotheses)} verdicts says supported in "
                f"{_shown(self.of('zero', 'any', 'supported'))} of the samples without a correction, in "
                f"{_shown(self.of('zero', 'any', 'supported', correction='holm'))} with Holm's and in "
                f"{_shown(self.of('zero', 'any', 'supported', correction='bh'))} with that of Benjamini and Hochberg.",
            ),
        ]

    def _worst(self, by: str) -> pd.Series:
        rows = [self.of("zero", h, "found", by, "either") for h in self.study.hypotheses]
        return max(rows, key=lambda row: row["share"])

    def nothing(self) -> str:
        head = ["", "kind", "supported", "opposite", "mixed", "not testable", "supported, either sign"]
        head += ["structural model finds", "regression finds"]
        rows = []
        for name in (*self.study.hypotheses, "all"):
            kind = self.study.hypotheses[name].kind if name != "all" else ""
            words = [_percent(self.of("zero", name, word)["share"]) for word in ("opposite", "mixed", "not testable")]
            either = [
                _cell(self.of("zero", name, word, by, "either"))
                for by, word in ((BOTH, "supported"), ("structural model", "found"), ("regression", "found"))
            ]
            rows.append([name, kind, _cell(self.of("zero", name, "supported")), *words, *either])
        return _markdown(head, rows)

    def by_rule(self) -> str:
        signs = {"study": "expected sign", "either": "either sign"}
        head = ["samples", "decided by", "correction"]
        head += [f"{what}, {sign}" for sign in signs.values() for what in ("verdicts", "samples")]
        rows = [
            [sample, by, correction]
            + [
                _cell(self.of(sample, what, "supported", by, expect, correction))
                for expect in signs
                for what in ("all", "any")
            ]
            for sample in ("zero", "returning")
            for by in ("structural model", "regression", BOTH)
            for correction in ("none", "holm", "bh")
        ]
        return _markdown(head, rows)

    def power(self) -> str:
        head = ["", "kind", "true", "effect", "supported", "opposite", "mixed", "not supported"]
        head += ["structural model", "regression", "both, Holm"]
        rows = []
        for name, hypothesis in self.study.hypotheses.items():
            claim = self.truth.hypotheses[name]
            others = [_percent(self.of("effects", name, w)["share"]) for w in ("opposite", "mixed", "not supported")]
            alone = [
                _percent(self.of("effects", name, "supported", by, correction=correction)["share"])
                for by, correction in (("structural model", "none"), ("regression", "none"), (BOTH, "holm"))
            ]
            effect = "" if claim.effect is None else f"{claim.effect:.3g}".replace("-", "−")
            about = [name, hypothesis.kind, "yes" if claim.holds else "no", effect]
            rows.append([*about, _cell(self.of("effects", name, "supported")), *others, *alone])
        return _markdown(head, rows)


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _cell(row: pd.Series) -> str:
    return f"{_percent(row['share'])} [{_percent(row['ci_lower'])}, {_percent(row['ci_upper'])}]"


def _shown(row: pd.Series) -> str:
    return f"{_percent(row['share'])} % [{_percent(row['ci_lower'])}, {_percent(row['ci_upper'])}]"
