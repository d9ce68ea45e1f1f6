"""Which part of a construct does it? The outcomes on the dimensions of their predictors."""

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import markup
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a dimension, or a construct that has none, under the construct that is explained."""
    rows, remarks = [], []
    for outcome, paths in tidy["dimension_paths"].groupby("outcome", sort=False):
        label = labels.construct(study, outcome, style)
        rows.append(row([style.say("table.structural.outcome_only", label=label)], "group"))
        remarks += [(study.constructs[outcome].symbol, note) for note in paths["note"]]
        construct = ""
        for p in paths.to_dict("records"):
            part = p["predictor"] != p["construct"]
            if part and p["construct"] != construct:
                rows.append(row([labels.construct(study, p["construct"], style), *[""] * 6], indent=1))
            construct = p["construct"]
            cells = [style.number(p["est"], 3) or "–", style.number(p["se"], 3), style.number(p["z"])]
            cells += [style.p(p["pvalue"]), cell(style.bounded(p["std"]), stars(p["pvalue"]))]
            cells.append(style.interval(p["std_ci_lower"], p["std_ci_upper"]))
            rows.append(row([labels.scale(study, p["predictor"], style), *cells], indent=1 + part))
    header = [style.say("table.dimensions.predictor"), markup("_B_"), markup("_SE_"), markup("_z_"), markup("_p_"), "β"]
    notes = [style.rich("table.dimensions.note"), *labels.remarks(remarks, style, study)]
    columns = ["text", *["number"] * 6]
    return Content(columns, [row([*header, style.say("table.measurement.ci")])], rows, notes)
