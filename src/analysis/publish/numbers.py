"""Every number that prose may quote, by one flat key: its value at full precision and its text in each language."""

import json
import math
import re
from collections.abc import Callable

from analysis.publish import LANGUAGES
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.render import latex
from analysis.publish.tables.model_fit import published
from analysis.results import PUBLISHED
from analysis.study import Study

Numbers = dict[str, dict[str, object]]
Show = Callable[[Style, float], str]


def collect(tidy: Tidy, study: Study) -> Numbers:
    """The numbers of a study: ``{key: {value, en, zh}}``; one that does not exist has the value None and a dash."""
    numbers: Numbers = {}

    def add(key: str, value: float | str, show: Show) -> None:
        missing = isinstance(value, float) and not math.isfinite(value)
        texts = {language: "–" if missing else show(Style(language), value) for language in LANGUAGES}
        plain = value.item() if hasattr(value, "item") else value
        numbers[re.sub(r"[^\w]+", "_", key)] = {"value": None if missing else plain, **texts}

    add("synthetic", study.synthetic, lambda style, value: style.say("unit.synthetic_short") if value else "")
    _cases(tidy, study, add)
    _scales(tidy, add)
    _distinct(tidy, add)
    _invariance(tidy, add)
    _fit(tidy, add)
    _regressions(tidy, add)
    _structure(tidy, add)
    _effects(tidy, add)
    _moderation(tidy, add)
    _groups(tidy, add)
    _verdicts(tidy, add)
    return numbers


def as_json(numbers: Numbers) -> bytes:
    return (json.dumps(numbers, ensure_ascii=False, indent=1) + "\n").encode()


def as_latex(numbers: Numbers) -> bytes:
    r"""Macros: ``\stat{n_kept}`` prints a number as an English text writes it, ``\statzh{n_kept}`` as a Chinese one."""
    lines = [
        r"% \stat{key} prints a number in English style, \statzh{key} in Chinese style; keys as in numbers.json",
        r"\newcommand{\statof}[2]{\ifcsname stat@#1@#2\endcsname\csname stat@#1@#2\endcsname\else\errmessage{#2?}\fi}",
        r"\newcommand{\stat}[1]{\statof{en}{#1}}",
        r"\newcommand{\statzh}[1]{\statof{zh}{#1}}",
    ]
    if numbers["synthetic"]["value"]:
        lines.insert(0, f"% {numbers['synthetic']['en']}")
    for key, number in numbers.items():
        for language in LANGUAGES:
            text = latex.escape(str(number[language]))
            lines.append(rf"\expandafter\def\csname stat@{language}@{key}\endcsname{{{text}}}")
    return ("\n".join(lines) + "\n").encode()


def _count(style: Style, value: float) -> str:
    return style.count(value)


def _bounded(style: Style, value: float) -> str:
    return style.bounded(value)


def _number(style: Style, value: float) -> str:
    return style.number(value)


def _fine(style: Style, value: float) -> str:
    return style.number(value, 3)


def _p(style: Style, value: float) -> str:
    return style.p_equation(value)


def _verdict(style: Style, value: str) -> str:
    return style.say(f"verdict.{value}")


def _cases(tidy, study: Study, add) -> None:
    flow = tidy["case_flow"]
    add("n_waves", flow["wave"].nunique(), _count)
    add("n_constructs", len(study.constructs), _count)
    add("n_items", len(study.items), _count)
    add("seed", study.seed, lambda style, value: str(value))
    for scope, rows in [("", flow), *((f"_{wave}", rows) for wave, rows in flow.groupby("wave", sort=False))]:
        by_step = rows.groupby("step", sort=False)["n"].sum()
        add(f"n_raw{scope}", by_step.get("raw", 0), _count)
        add(f"n_kept{scope}", by_step.get("kept", 0), _count)
        left_out = by_step.drop(["raw", "kept"], errors="ignore")
        add(f"n_left_out{scope}", left_out.sum(), _count)
        for reason, n in left_out.items():
            add(f"n_left_out_{reason}{scope}", n, _count)


def _scales(tidy, add) -> None:
    scales = tidy["reliability"]
    for r in scales.itertuples():
        add(f"mean_{r.scale}", r.mean, _number)
        add(f"sd_{r.scale}", r.sd, _number)
        for measure in ("alpha", "omega", "cr", "ave"):
            add(f"{measure}_{r.scale}", getattr(r, measure), _bounded)
    constructs = scales[scales["level"] == "construct"]
    for measure in ("alpha", "omega", "cr", "ave"):
        add(f"{measure}_min", float(constructs[measure].min()), _bounded)
        add(f"{measure}_max", float(constructs[measure].max()), _bounded)


def _distinct(tidy, add) -> None:
    for r in tidy["htmt"].itertuples():
        add(f"{r.ratio.lower()}_{r.a}_{r.b}", r.est, _bounded)
    for r in tidy["constrained_correlations"].itertuples():
        add(f"latent_r_{r.a}_{r.b}", r.r, _bounded)


def _invariance(tidy, add) -> None:
    ladders = tidy["invariance"]
    for r in ladders[ladders["holds"] != ""].itertuples():
        key = "_".join(filter(None, ("invariance", r.grouping, r.treatment, r.construct, r.rung)))
        add(key, r.holds, lambda style, value: style.say(f"table.invariance.holds.{value}"))


def _fit(tidy, add) -> None:
    shows = {
        "chisq": _number, "df": lambda style, value: style.number(value, 0), "pvalue": _p, "cfi": _bounded,
        "tli": _bounded, "rmsea": _bounded, "rmsea_ci_lower": _bounded, "rmsea_ci_upper": _bounded,
        "rmsea_pvalue": _p, "srmr": _bounded, "aic": _number, "bic": _number, "ntotal": _count,
    }  # fmt: skip
    for prefix, name in (("cfa", "measurement_fit"), ("sem", "structural_fit")):
        for estimator in dict.fromkeys([*tidy[name]["estimator"], PUBLISHED]):
            rows = tidy[name][tidy[name]["estimator"] == estimator]
            measures = published(dict(zip(rows["measure"], rows["value"], strict=True)))
            for measure, show in shows.items():
                add(f"{prefix}_{measure}_{estimator.lower()}", measures.get(measure, math.nan), show)


def _regressions(tidy, add) -> None:
    for r in tidy["regression_fit"].itertuples():
        at = f"{r.outcome}_model{r.model}"
        add(f"regression_n_{at}", r.n, _count)
        add(f"regression_r2_{at}", r.r2, _bounded)
        add(f"regression_delta_r2_{at}", r.delta_r2, _bounded)
        add(f"regression_delta_p_{at}", r.delta_pvalue, _p)


def _structure(tidy, add) -> None:
    r2 = tidy["structural_r2"]
    for r in r2[r2["estimator"] == PUBLISHED].itertuples():
        add(f"r2_{r.construct}", r.r2, _bounded)
    for r in tidy["agreement"].itertuples():
        add(f"{r.source}_largest_difference", r.largest, lambda style, value: style.bounded(value, 4))


AT = {"-1 SD": "low", "+1 SD": "high"}  # names of values that would be the same as keys
INFERENCE = {"est": _fine, "se": _fine, "pvalue": _p, "ci_lower": _fine, "ci_upper": _fine}


def _all(add, prefix: str, row, shows: dict[str, Show]) -> None:
    for measure, show in shows.items():
        add(f"{prefix}_{measure}", getattr(row, measure), show)


def _effects(tidy, add) -> None:
    """``structural_indirect_<path>_est`` and the like; regression_ by the other method."""
    for name in ("structural", "regression"):
        table = tidy[f"{name}_effects"]
        for r in table.itertuples():
            _all(add, f"{name}_{r.effect}_{r.path}", r, INFERENCE | {"std": _bounded})
        for count in ("draws", "failed"):
            add(f"{name}_effects_{count}", table[count].max() if len(table) else 0, _count)


def _moderation(tidy, add) -> None:
    """``slope_regression_<hypothesis>_<predictor>_<outcome>_low_slope``, ``johnson_neyman_<…>_1`` and the like."""
    for name, method in (("simple_slopes", "regression"), ("latent_slopes", "structural")):
        for r in tidy[name].itertuples():
            at = AT.get(r.at, r.at)
            shows = {("slope" if k == "est" else k): show for k, show in INFERENCE.items()}
            _all(add, f"slope_{method}_{r.hypothesis}_{r.predictor}_{r.outcome}_{at}", r, shows)
    table = tidy["johnson_neyman"]
    for (h, predictor, outcome), rows in table[table["boundary"]].groupby(["hypothesis", "predictor", "outcome"]):
        for k, r in enumerate(rows.itertuples(), start=1):
            add(f"johnson_neyman_{h}_{predictor}_{outcome}_{k}", r.value, _number)
            add(f"johnson_neyman_{h}_{predictor}_{outcome}_{k}_below", r.below, lambda style, v: style.percent(v))
    for r in tidy["conditional_effects"].itertuples():
        _all(add, f"{r.effect}_{r.hypothesis}_{AT.get(r.at, r.at)}".rstrip("_"), r, INFERENCE | {"std": _bounded})
    for r in tidy["latent_moderation"].itertuples():
        _all(add, f"latent_{r.effect}_{r.hypothesis}_{r.predictor}_{r.outcome}", r, INFERENCE | {"std": _bounded})


def _groups(tidy, add) -> None:
    """``groups_<grouping>_<predictor>_<outcome>_chisq`` and the like; all_all for all paths together."""
    for r in tidy["group_paths"].itertuples():
        _all(add, f"group_{r.grouping}_{r.group}_{r.predictor}_{r.outcome}", r, INFERENCE | {"std": _bounded})
    shows = {"chisq": _number, "df": lambda style, v: style.number(v, 0)}
    shows |= dict.fromkeys(("pvalue", "pvalue_holm", "pvalue_bh"), _p)
    for r in tidy["group_differences"].itertuples():
        _all(add, f"groups_{r.grouping}_{r.predictor or 'all'}_{r.outcome or 'all'}", r, shows)


def _verdicts(tidy, add) -> None:
    verdicts = tidy["verdicts"]
    add("n_hypotheses", len(verdicts), _count)
    for verdict in ("supported", "not supported", "opposite", "mixed", "not testable"):
        add(f"n_{verdict}", (verdicts["verdict"] == verdict).sum(), _count)
    add("n_caveat", (verdicts["caveat"] != "").sum(), _count)
    for v in verdicts.itertuples():
        shows = {"est": _fine, "se": _fine, "std": _bounded, "statistic": _number}
        shows |= dict.fromkeys(("pvalue", "pvalue_holm", "pvalue_bh"), _p)
        for measure, show in shows.items():
            add(f"{v.hypothesis}_{measure}", getattr(v, measure), show)
        for bound in ("ci_lower", "ci_upper"):
            add(f"{v.hypothesis}_{bound}", getattr(v, bound), _fine)
            add(f"{v.hypothesis}_std_{bound}", getattr(v, f"std_{bound}"), _bounded)
        add(f"{v.hypothesis}_verdict", v.verdict, _verdict)
    for m in tidy["verdict_methods"].itertuples():
        add(f"{m.hypothesis}_{m.method}_says", m.says, _verdict)
