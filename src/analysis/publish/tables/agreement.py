"""Do other estimators and programs find the same paths?"""

import math

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.words import markup
from analysis.study import Study

AGREE = 0.01  # a difference of β beyond which two programs do not agree


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a source; a program that should find the same and does not is named."""
    rows, apart, remarks = [], [], []
    for r in tidy["agreement"].to_dict("records"):
        program, _, why_not = r["program"].partition(": ")
        known = math.isfinite(r["largest"])
        path = _path(r["predictor"], r["outcome"], study, style) if known else ""
        same = style.say(f"table.agreement.{'same' if r['same_model'] else 'another'}")
        n = style.count(r["n"]) if r["n"] else "–"
        rows.append(row([r["source"], program, same, n, _small(r["largest"], style) or "–", path]))
        apart += [r["source"]] if r["same_model"] and r["largest"] > AGREE else []
        remarks.append((r["source"], why_not if not known else ""))
    header = [style.say(f"table.agreement.{key}") for key in ("source", "program", "model")]
    header += [markup("_n_"), style.say("table.agreement.largest"), style.say("table.agreement.path")]
    notes = [style.rich("table.agreement.note")]
    if apart:
        sources = style.say("unit.comma").join(apart)
        notes.append(style.rich("table.agreement.apart", sources=sources, limit=style.bounded(AGREE, 2)))
    columns = ["text", "text", "text", "number", "number", "text"]
    return Content(columns, [row(header)], rows, [style.join(*notes), *labels.remarks(remarks, style, study)])


def _path(predictor: str, outcome: str, study: Study, style: Style) -> str:
    """With the symbols of constructs and the words of a control."""
    constructs = study.constructs
    words = constructs[predictor].symbol if predictor in constructs else labels.predictor(study, predictor, style)
    return f"{words} → {constructs[outcome].symbol}"


def _small(value: float, style: Style) -> str:
    return f"< {style.bounded(0.0001, 4)}" if value < 0.0001 else style.bounded(value, 4)
