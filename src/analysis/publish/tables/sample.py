"""Who answered."""

import math

from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.words import markup
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A block of answers for each attribute, a line for each number."""
    flow, profile = tidy["case_flow"], tidy["sample"]
    n = style.count(flow.loc[flow["step"] == "kept", "n"].sum())
    numeric = bool(profile["mean"].notna().any())
    header = [style.say("table.sample.characteristic"), markup("_n_"), "%"]
    if numeric:
        header += [markup("_M_"), markup("_SD_")]
    rows = []
    for variable, answers in profile.groupby("variable", sort=False):
        label = study.label(variable)[style.language]
        if answers["code"].isna().all():
            only = answers.iloc[0]
            rows.append(row([label, style.count(only.n), "", style.number(only["mean"]), style.number(only.sd)]))
            continue
        rows.append(row([label], "group"))
        for answer in answers.itertuples():
            words = study.options(variable)[int(answer.code)][style.language]
            share = "" if math.isnan(answer.share) else style.percent(answer.share)
            rows.append(row([words, style.count(answer.n), share, *["", ""] * numeric], indent=1))
    note = style.rich("table.sample.note", n=n)
    return Content(["text", *["number"] * (len(header) - 1)], [row(header)], rows, [note])
