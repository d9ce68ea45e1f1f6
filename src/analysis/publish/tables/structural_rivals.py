"""Would another structure do as well? Rivals of the structural model that the study states."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.tables.rival_models import compared, heads
from analysis.results import PUBLISHED
from analysis.study import Study

EXPLAINED = ("equivalent to ", "no comparison: ", "their paths are unstable")  # in the note


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a model."""
    rows, remarks = [], []
    for m in tidy["structural_rivals"].to_dict("records"):
        words = _model(m["model"], study, style)
        equivalent = EXPLAINED[0] in m["note"]
        mark = style.say("table.structural_rivals.equivalent") if equivalent else ""
        cells = [*compared(m, style), *(style.number(m[k], 1) for k in ("aic", "bic")), mark]
        rows.append(row([words, *cells]))
        remarks.append((words, m["note"]))
    header = [style.say("table.model_fit.model"), *heads(), "AIC", "BIC", style.say("table.structural_rivals.remark")]
    sample = labels.sample(tidy["structural_fit"], style)
    notes = [
        style.join(style.rich("table.structural_rivals.note", estimator=PUBLISHED), *sample),
        *labels.remarks(remarks, style, study, EXPLAINED),
    ]
    return Content(["text", *["number"] * 13, "text"], [row(header)], rows, notes)


def _model(name: str, study: Study, style: Style) -> str:
    kind, _, arrow = name.partition(": ")
    path = labels.route(study, arrow) if arrow else ""
    return style.say(f"table.structural_rivals.models.{kind}", path=path)
