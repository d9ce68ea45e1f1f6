"""How far the latent means of waves and groups lie apart."""

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row, width
from analysis.publish.words import Rich
from analysis.study import Study

COMPARABLE = ("scalar", "partial scalar", "second-order scalar", "partial second-order scalar")
LEFT_OUT = "left out"  # begins the remark on a group that has too few answers
SHORT = 18  # characters of an answer that can head a column


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a construct or dimension, a column a group; a grouping without groups to compare has one empty column."""
    means = tidy["latent_means"]
    absent = means["basis"].str.startswith(LEFT_OUT)
    by_group = {(r.grouping, r.group, r.construct): r for r in means.itertuples()}
    groups = {g: list(of["group"][~absent].unique()) or [""] for g, of in means.groupby("grouping", sort=False)}
    columns = [(grouping, group) for grouping, some in groups.items() for group in some]
    rows = []
    for name in [s for s in study.scales() if s in set(means["construct"])]:
        cells = []
        for grouping, group in columns:
            r = by_group.get((grouping, group, name))
            known = r is not None and r.est == r.est
            cells.append(cell(f"{style.number(r.est)} ({style.number(r.se)})", stars(r.pvalue)) if known else "–")
        rows.append(row([labels.scale(study, name, style), *cells], indent=int(name not in study.constructs)))
    names = {g: _names(study, g, style) for g in groups}
    over = [cell(labels.attribute(study, g, style), span=len(some)) for g, some in groups.items()]
    under = ["" if not group else names[g][group] if _short(names[g]) else group for g, group in columns]
    header = [row(["", *over]), row([style.say("table.latent_means.scale"), *under])]
    notes = [style.rich("table.latent_means.note")]
    for grouping in groups:
        notes += _key(names[grouping], means[means["grouping"] == grouping], grouping, study, style)
    remarks = labels.remarks(_remarks(means, study, style), style, study)
    return Content(["text", *["number"] * len(columns)], header, rows, [style.join(*notes), *remarks])


def _names(study: Study, grouping: str, style: Style) -> dict[str, str]:
    """The groups in words."""
    if grouping == "wave":
        return {wave: wave for wave in study.waves}
    return {str(code): text[style.language] for code, text in study.options(grouping).items()}


def _short(names: dict[str, str]) -> bool:
    return max(map(width, names.values())) <= SHORT


def _key(names: dict[str, str], means: pd.DataFrame, grouping: str, study: Study, style: Style) -> list[Rich]:
    """The group that the others are compared with, and what the codes in the header stand for."""
    attribute = labels.attribute(study, grouping, style)
    kept = set(means["group"][~means["basis"].str.startswith(LEFT_OUT)])
    first = [name for group, name in names.items() if group not in set(means["group"])]
    said = [style.rich("table.latent_means.first", grouping=attribute, group=first[0])] if first and kept else []
    if not _short(names) and kept:
        codes = style.say("unit.semicolon").join(f"{code} = {text}" for code, text in names.items() if code in kept)
        said.append(style.rich("table.latent_means.codes", grouping=attribute, codes=codes))
    return said


def _remarks(means: pd.DataFrame, study: Study, style: Style) -> list[tuple[str, str]]:
    """Why means are missing: by grouping, by group for those left out, by construct where not all share the reason."""
    found = []
    for grouping, of_all in means.groupby("grouping", sort=False):
        names = _names(study, grouping, style)
        group = of_all["group"].map(names).where(of_all["basis"].str.startswith(LEFT_OUT), "")
        for name, those in of_all.groupby(group, sort=False):
            for basis, some in those[~those["basis"].isin(COMPARABLE)].groupby("basis", sort=False):
                words = [labels.attribute(study, grouping, style), *filter(None, [name])]
                if len(some) < len(those):
                    words += [labels.scale(study, scale, style) for scale in some["construct"].drop_duplicates()]
                found.append((style.say("unit.comma").join(words), basis))
    return found
