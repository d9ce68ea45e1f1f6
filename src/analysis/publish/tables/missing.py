"""How much is missing, by respondent, construct and variable, and whether it is missing completely at random."""

import math

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.words import Rich, markup
from analysis.study import Study

MOST = 8  # variables shown
LEFT_OPEN = ((0, 0), (1, 1), (2, 2), (3, 5), (6, math.inf))


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """Three panels of shares and one of Little's test; a column a wave and one for all."""
    waves = [*study.waves, *(["all"] if len(study.waves) > 1 else [])]
    panels = {
        "cases": _cases(tidy["missing_cases"], waves, style),
        "constructs": _constructs(tidy["missing_variables"], waves, study, style),
        "variables": _variables(tidy["missing_variables"], waves, study, style),
        "little": _little(tidy["missing_test"], waves, style),
    }
    rows = []
    for name, lines in panels.items():
        if lines:
            rows.append(row([style.say(f"table.missing.{name}", most=MOST)], "group"))
            rows += [row(line, indent=1) for line in lines]
    header = [style.say("table.missing.what"), *study.waves, *([style.say("unit.all")] if len(waves) > 1 else [])]
    return Content(["text", *["number"] * len(waves)], [row(header)], rows, [style.rich("table.missing.note")])


def _cases(cases, waves: list[str], style: Style) -> list[list[str]]:
    if cases.empty:
        return []
    lines = []
    for low, high in LEFT_OPEN:
        name = str(low) if low == high else f"{low}–{high}" if math.isfinite(high) else f"≥ {low}"
        within = cases[cases["missing"].between(low, high)].groupby("wave")["share"].sum()
        lines.append([name, *(style.percent(within.get(wave, 0.0)) for wave in waves)])
    return lines


def _constructs(variables, waves: list[str], study: Study, style: Style) -> list[list[str]]:
    """The share of all answers to the items of a construct."""
    lines = []
    for name, construct in study.constructs.items():
        own = variables[variables["variable"].isin(construct.all_items)].groupby("wave")[["missing", "n"]].sum()
        shares = own["missing"] / own["n"]
        if len(own):
            line = [labels.construct(study, name, style)]
            lines.append([*line, *(style.percent(shares.get(w, math.nan)) or "–" for w in waves)])
    return lines


def _variables(variables, waves: list[str], study: Study, style: Style) -> list[list[str]]:
    """The variables with the largest share of missing answers; a question with several columns counts once."""
    question = {column: v for v in study.codebook for column in study.columns(v)}
    named = variables.assign(question=variables["variable"].map(question)).dropna(subset="question")
    shares = named.groupby(["question", "wave"], sort=False)["share"].max().unstack()
    overall = shares["all"] if "all" in shares else shares.max(axis=1)
    most = overall[overall > 0].sort_values(ascending=False, kind="stable").index[:MOST]
    return [
        [_name(study, v, style), *(style.percent(shares.loc[v].get(w, math.nan)) or "–" for w in waves)] for v in most
    ]


def _name(study: Study, variable: str, style: Style) -> str:
    return labels.item(study, variable, style) if variable in study.items else study.label(variable)[style.language]


def _little(tests, waves: list[str], style: Style) -> list[list[str | Rich]]:
    by_wave = tests.set_index("wave").to_dict("index")
    shows = {
        style.rich("table.missing.patterns"): lambda t: style.count(t["patterns"]),
        markup("χ²"): lambda t: style.number(t["chisq"]),
        markup("_df_"): lambda t: style.number(t["df"], 0),
        markup("_p_"): lambda t: style.p(t["pvalue"]),
    }
    if not by_wave:
        return []
    return [
        [words, *((show(by_wave[w]) if w in by_wave else "") or "–" for w in waves)] for words, show in shows.items()
    ]
