"""Forms that are no survey platforms: Kobo and ODK, REDCap, Google Forms."""

import re
from dataclasses import replace

import pandas as pd

from analysis.errors import UserError
from analysis.study import Wave
from analysis.survey import privacy
from analysis.survey.readers.export import (
    Export,
    by_value,
    groups,
    join_options,
    set_apart,
)
from analysis.survey.readers.grid import Grid, filled_cells
from analysis.survey.wording import TICKED, last_parenthesis, plain

KOBO = {
    **{"start": "started", "end": "submitted", "_submission_time": "submitted", "submissiondate": "submitted"},
    **dict.fromkeys(("_id", "_uuid", "_submitted_by", "meta/instanceid", "deviceid", "subscriberid"), "identifier"),
    **dict.fromkeys(("simserial", "instanceid", "key", "meta-instanceid", "_xform_id_string"), "identifier"),
    **dict.fromkeys(("_index", "_notes", "_tags", "_status", "_validation_status", "__version__", "today"), ""),
    **dict.fromkeys(("_version_", "formhub/uuid", "_attachments", "_bamboo_dataset_id", "meta/rootuuid"), ""),
    **{"username": "name", "phonenumber": "phone", "_geolocation": "place", "meta/audit": "", "audit": ""},
}
REDCAP = {
    **dict.fromkeys(("record_id", "recordid", "redcap_survey_identifier", "surveyidentifier"), "identifier"),
    **dict.fromkeys(("redcap_event_name", "eventname", "redcap_repeat_instrument", "redcap_repeat_instance"), ""),
    **dict.fromkeys(("redcap_data_access_group", "dataaccessgroup", "repeatinstrument", "repeatinstance"), ""),
}
TIMESTAMPS = (
    *("timestamp", "时间戳记", "时间戳", "時間戳記", "タイムスタンプ", "타임스탬프", "zeitstempel", "horodateur"),
    *("marcatemporal", "carimbodedata/hora", "informazionicronologiche", "отметкавремени"),
)
GOOGLE = {
    **dict.fromkeys(TIMESTAMPS, "submitted"),
    **dict.fromkeys(("emailaddress", "电子邮件地址", "电子邮件", "電子郵件地址", "用户名", "username"), "e-mail"),
    **dict.fromkeys(("score", "总分", "分数"), ""),
}


def is_kobo(grid: Grid) -> bool:
    headings = {plain(h) for h in grid.row(1)}
    kobo = {"_index", "_uuid", "_submission_time", "_parent_index", "_id"} & headings
    return len(kobo) > 1 or {"submissiondate", "key"} <= headings


def is_redcap(grid: Grid) -> bool:
    headings = [plain(h) for h in grid.row(1)]
    ends = any(h.endswith("_complete") for h in headings)
    return "redcap_event_name" in headings or (
        bool(headings) and headings[0] in ("record_id", "recordid") and (ends or "complete?" in headings)
    )


def is_google(grid: Grid) -> bool:
    return any(plain(h) in TIMESTAMPS for h in grid.row(1)[:1])


def read_kobo(grid: Grid, wave: Wave) -> Export:
    """Of a question with several answers, the 0/1 columns "q/option" tell the answers; "group/q" is worded "q".

    Raises `UserError` for the sheet of a repeated group, whose rows are no respondents, and where the column of a
    question and the columns of its options contradict each other.
    """
    table = grid.table(number_repeated=True)
    if any(plain(h) in ("_parent_index", "parent_key") for h in table):
        raise UserError(
            f"{wave.shown} holds the rows of a repeated group (_parent_index), several a respondent, not the answers "
            "of the main form. State the main sheet under the wave (sheet: …), or export without the group."
        )
    places = {h[1 : -len("_latitude")] for h in table if re.fullmatch(r"_.+_latitude", h)}
    located = places | {f"_{p}_{what}" for p in places for what in ("latitude", "longitude", "altitude", "precision")}

    def role(heading: str) -> str | None:
        return "place" if heading in located else KOBO.get(plain(heading))

    export = set_apart(table, role, wave)
    answers, multiple = export.answers, set()
    for question in [h for h in answers if h not in wave.rename]:
        options = {h: h[len(question) + 1 :] for h in answers if h.startswith(f"{question}/") and h not in wave.rename}
        if options:
            before = answers[question]
            name = f"{question}/"
            answers = join_options(answers, options, name, wave)
            odd = answers.index[filled_cells(before) & answers[name].isin(["", TICKED])]
            if len(odd):
                raise UserError(
                    f'{wave.shown}, row {odd[0]}: "{privacy.shown(question)}" has an answer, '
                    "but none of its options is ticked."
                )
            answers[question] = answers.pop(name)
            multiple.add(question)
    wordings = {h: h.rsplit("/", 1)[-1] for h in answers}
    return replace(export, answers=answers, wordings=wordings, multiple=frozenset(multiple))


def read_redcap(grid: Grid, wave: Wave) -> Export:
    """Checkboxes "field___1" or "text (choice=label)" are joined; a row without a completed form is unfinished.

    Raises `UserError` if the rows belong to several events, for then they are not one a respondent.
    """
    table = grid.table(number_repeated=True)
    names = {plain(h): h for h in table}
    event = names.get("redcap_event_name") or names.get("eventname")
    if event and len(events := {str(v) for v in pd.unique(table[event]) if str(v).strip()}) > 1:
        raise UserError(
            f"{wave.shown} holds {len(events)} events ({', '.join(sorted(events)[:5])}), so several rows a respondent. "
            "Export one event a file; each is a wave."
        )
    forms = [h for h in table if plain(h).endswith("_complete") or plain(h) == "complete?"]
    stamps = [h for h in table if plain(h).endswith("_timestamp") or plain(h) == "surveytimestamp"]

    def role(heading: str) -> str | None:
        if heading in stamps:
            return "submitted" if heading == stamps[-1] else ""
        return "" if heading in forms else REDCAP.get(plain(heading))

    export = set_apart(table, role, wave)
    answers = export.answers
    if forms:
        closed = [
            by_value(table[h], lambda c: plain(c).removesuffix(".0") not in ("", "0", "incomplete")) for h in forms
        ]
        none = ~pd.concat(closed, axis=1).astype(bool).any(axis=1)
        export.visits["status"] = pd.Series("", index=table.index, dtype=object).mask(none, "unfinished")
    multiple, wordings = set(), dict.fromkeys(answers, "")

    def field(heading: str) -> str | None:
        if heading in wave.rename:
            return None
        found = re.fullmatch(r"(.+?)___(\w+)", heading) or re.fullmatch(r"(.+) \(choice=(.*)\)", heading, re.DOTALL)
        return found.group(1) if found else None

    for heading in answers:
        if (name := field(heading)) and name not in multiple:
            members = [h for h in answers if field(h) == name]
            options = {h: h[len(name) :].removeprefix("___").removeprefix(" (choice=") for h in members}
            options = {h: o.removesuffix(")") if "(choice=" in h else o for h, o in options.items()}
            answers = join_options(answers, options, name, wave)
            multiple.add(name)
            wordings[name] = ""
    return replace(export, answers=answers, wordings={h: wordings[h] for h in answers}, multiple=frozenset(multiple))


def read_google(grid: Grid, wave: Wave) -> Export:
    """The wordings of a grid are its rows. Options ticked together, joined by ", ", stay so: they may be one label."""
    export = set_apart(grid.table(number_repeated=True), GOOGLE, wave)
    rows = {h: last_parenthesis(h, "[]") for h in export.answers}
    grids = groups((h for h, parts in rows.items() if parts and parts[0]), lambda h: rows[h][0])
    return replace(export, wordings={h: rows[h][1] for members in grids.values() for h in members})
