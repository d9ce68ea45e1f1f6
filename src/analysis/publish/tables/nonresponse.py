"""Do late answers differ from early ones? Those who answer late stand for those who never answered."""

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import markup
from analysis.study import Study

TESTS = {"Welch's t": "t", "chi-square": "chisq"}


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a construct or attribute, under its test; three columns a wave."""
    compared = tidy["nonresponse"]
    waves = list(dict.fromkeys(compared["wave"]))
    rows = []
    for test, words in TESTS.items():
        of_test = compared[compared["test"] == test]
        if len(of_test):
            rows.append(row([cell(style.rich(f"table.nonresponse.{words}"))], "group"))
        for variable in dict.fromkeys(of_test["variable"]):
            by_wave = of_test[of_test["variable"] == variable].set_index("wave").to_dict("index")
            cells = [c for wave in waves for c in _cells(by_wave.get(wave), style)]
            rows.append(row([labels.attribute(study, variable, style), *cells], indent=1))
    header = [row(["", *(cell(wave, span=3) for wave in waves)])] if waves else []
    names = (style.rich("table.nonresponse.statistic"), markup("_p_"), style.rich("table.nonresponse.effect"))
    header.append(row([style.say("table.nonresponse.variable"), *names * len(waves)]))
    sizes = style.counts([*compared["n_early"], *compared["n_late"]])
    note = style.rich("table.nonresponse.note", n=sizes, tests=len(compared), below=(compared["pvalue"] < 0.05).sum())
    return Content(["text", *["number"] * (3 * len(waves))], header, rows, [note])


def _cells(r: dict | None, style: Style) -> list:
    if r is None:
        return ["–"] * 3
    statistic = style.number(r["statistic"])
    return [cell(statistic or "–", stars(r["pvalue"])), style.p(r["pvalue"]), style.number(r["effect"])]
