"""Means, standard deviations and correlations, with the square root of the AVE on the diagonal."""

import math

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import markup
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line and a column a construct."""
    pairs = {frozenset((r.a, r.b)): r for r in tidy["correlations"].itertuples()}
    scales = tidy["reliability"].set_index("scale")
    names = list(study.constructs)
    judged = tidy["fornell_larcker"]
    failing = {frozenset((r.a, r.b)): r for r in judged[judged["holds"] == "no"].itertuples()}

    def entry(i: int, j: int):
        if i == j:
            ave = scales["ave"].get(names[i], math.nan)
            return cell(style.bounded(math.sqrt(ave)) or "–", bold=True)
        pair = pairs.get(frozenset((names[i], names[j])))
        if pair is None:
            return ""
        if j < i:
            return cell(style.bounded(pair.r), stars(pair.pvalue))
        return style.bounded(pair.latent_r) + ("†" if frozenset((names[i], names[j])) in failing else "")

    rows = [
        row(
            [
                f"{i + 1}. {labels.construct(study, name, style)}",
                *(style.number(scales[k].get(name, math.nan)) for k in ("mean", "sd")),
                *(entry(i, j) for j in range(len(names))),
            ]
        )
        for i, name in enumerate(names)
    ]
    header = [style.say("table.correlations.construct"), markup("_M_"), markup("_SD_")]
    header += [str(i + 1) for i in range(len(names))]
    notes = [style.rich("table.correlations.note", n=style.counts(pair.n for pair in pairs.values()))]
    if failing:
        named = style.say("unit.semicolon").join(labels.pair(study, r.a, r.b) for r in failing.values())
        notes.append(style.rich("table.correlations.failing", pairs=named))
    elif (judged["holds"] == "yes").any():
        notes.append(style.rich("table.correlations.holding"))
    return Content(["text", *["number"] * (len(header) - 1)], [row(header)], rows, [style.join(*notes)])
