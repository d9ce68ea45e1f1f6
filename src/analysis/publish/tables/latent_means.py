"""How far the latent means of waves and groups lie apart."""

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich
from analysis.study import Study

COMPARABLE = ("scalar", "partial scalar", "second-order scalar", "partial second-order scalar")


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a construct or dimension, a column a group."""
    means = tidy["latent_means"]
    groups = list(dict.fromkeys(zip(means["grouping"], means["group"], strict=True)))
    by_group = {(r.grouping, r.group, r.construct): r for r in means.itertuples()}
    rows, remarks = [], []
    for name in [s for s in study.scales() if s in set(means["construct"])]:
        cells = []
        for grouping, group in groups:
            r = by_group.get((grouping, group, name))
            known = r is not None and r.est == r.est
            cells.append(cell(f"{style.number(r.est)} ({style.number(r.se)})", stars(r.pvalue)) if known else "–")
            if r is not None and r.basis not in COMPARABLE:
                remarks.append((labels.attribute(study, grouping, style), r.basis))
        rows.append(row([labels.scale(study, name, style), *cells], indent=int(name not in study.constructs)))
    spans = {g: sum(grouping == g for grouping, _ in groups) for g, _ in groups}
    header = [row([style.say("table.latent_means.scale"), *(name for _, name in groups)])]
    if spans:
        over = (cell(labels.attribute(study, g, style), span=n) for g, n in spans.items())
        header.insert(0, row(["", *over]))
    answers = [_answers(study, grouping, style) for grouping in spans if grouping != "wave"]
    notes = [style.join(style.rich("table.latent_means.note"), *answers), *labels.remarks(remarks, style)]
    return Content(["text", *["number"] * len(groups)], header, rows, notes)


def _answers(study: Study, grouping: str, style: Style) -> Rich:
    """What the codes in the header stand for."""
    codes = [f"{code} = {text[style.language]}" for code, text in study.options(grouping).items()]
    grouping = labels.attribute(study, grouping, style)
    return style.rich("table.latent_means.codes", grouping=grouping, codes=style.say("unit.semicolon").join(codes))
