"""Does each item measure its construct? The loadings of the confirmatory factor analysis."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, Row, cell, row
from analysis.publish.tables.model_fit import IMPROPER
from analysis.publish.words import Rich, markup
from analysis.results import PUBLISHED
from analysis.study import Study

LEAST = 0.5  # of a loading and of the AVE, by custom (Fornell & Larcker 1981; Hair et al. 2019)


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a dimension and an item, under its construct; no lines without a confirmatory factor analysis."""
    own = tidy["loadings"]["indicator"].map(study.owners) == tidy["loadings"]["scale"]  # no loadings added to the model
    loadings = tidy["loadings"][own].set_index("indicator").to_dict("index")
    rows = []
    for name, construct in study.constructs.items() if loadings else ():
        rows.append(row([cell(labels.construct(study, name, style), bold=True)], "group"))
        rows += [_line(loadings.get(i), labels.item(study, i, style), 1, style) for i in construct.items]
        for dimension_name, dimension in construct.dimensions.items():
            rows.append(_line(loadings.get(dimension_name), dimension.label[style.language], 1, style))
            rows += [_line(loadings.get(i), labels.item(study, i, style), 2, style) for i in dimension.items]
    header = [style.say("table.measurement.scale"), style.say("table.measurement.loading"), markup("_SE_")]
    header += [style.say("table.measurement.ci"), markup("_R_²")]
    notes = [style.join(*_notes(tidy, study, loadings, style)), *labels.panel(tidy["panel"], style)]
    return Content(["text", *["number"] * 4], [row(header)], rows, notes)


def _line(loading: dict | None, words: str, indent: int, style: Style) -> Row:
    if loading is None:
        return row([words, "–", "", "", ""], indent=indent)
    marks = ("†" if abs(loading["std"]) < LEAST else "") + ("‡" if loading["against"] else "")
    interval = style.interval(loading["std_ci_lower"], loading["std_ci_upper"])
    numbers = [style.bounded(loading["std"]) + marks, style.bounded(loading["std_se"]), interval]
    return row([words, *numbers, style.bounded(loading["r2"])], indent=indent)


def _notes(tidy: Tidy, study: Study, loadings: dict[str, dict], style: Style) -> list[Rich]:
    """What the numbers are and on whom they rest, what the marks mean, and whether the solution can be read."""
    fit, warned = (t[t["estimator"] == PUBLISHED] for t in (tidy["measurement_fit"], tidy["measurement_notes"]))
    n = style.counts(fit.loc[fit["measure"] == "ntotal", "value"])
    notes = [style.rich("table.measurement.note", n=n)]
    for kind in [k for k in dict.fromkeys(warned["kind"]) if k in IMPROPER]:
        notes.append(style.rich("table.measurement.fault", warning=style.say(f"table.model_fit.warnings.{kind}")))
    if any(abs(x["std"]) < LEAST for x in loadings.values()):
        notes.append(style.rich("table.measurement.low", least=style.bounded(LEAST, 2)))
    if any(x["against"] for x in loadings.values()):
        notes.append(style.rich("table.measurement.against"))
    if any(c.single for c in study.constructs.values()):
        notes.append(style.rich("table.measurement.single"))
    return notes
