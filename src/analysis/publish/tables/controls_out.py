"""Do the paths depend on the control variables? The structural model with them and without."""

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import markup
from analysis.study import Study
from analysis.study.model import control_terms


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a path, under the construct that it explains."""
    rows = []
    for outcome, paths in tidy["controls_out"].groupby("outcome", sort=False):
        label = labels.construct(study, outcome, style)
        rows.append(row([style.say("table.structural.outcome_only", label=label)], "group"))
        for p in paths.to_dict("records"):
            cells = [labels.construct(study, p["predictor"], style)]
            for which in ("", "_without"):
                cells += [cell(style.bounded(p[f"std{which}"]), stars(p[f"pvalue{which}"]))]
                cells += [style.p(p[f"pvalue{which}"])]
            rows.append(row([*cells, style.bounded(p["std_without"] - p["std"])], indent=1))
    header = [
        row(["", *(cell(style.say(f"table.controls_out.{w}"), span=2) for w in ("with", "without")), ""]),
        row([style.say("table.structural.path"), *["β", markup("_p_")] * 2, style.rich("table.controls_out.change")]),
    ]
    terms = style.say("unit.semicolon").join(labels.predictor(study, t, style) for t in control_terms(study))
    note = style.rich("table.controls_out.note", controls=terms)
    notes = [style.join(note, *labels.sample(tidy["structural_fit"], style))]
    return Content(["text", *["number"] * 5], header, rows, notes)
