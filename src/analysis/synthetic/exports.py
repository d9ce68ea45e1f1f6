"""Coded answers -> the files that survey platforms write: 问卷星 (.xlsx), SPSS (.sav) and Qualtrics (.csv)."""

import csv
import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat

from analysis import study as studies
from analysis.errors import UserError
from analysis.files import forget_spss_time, sha256
from analysis.study import Study, Variable, Wave
from analysis.study.order import STEM, Block, blocks
from analysis.synthetic.population import simulate
from analysis.synthetic.truth import Truth, load_truth

LABEL = "SYNTHETIC data, drawn from stated true values; no firm was asked"
PLACES = (
    "浙江-杭州",
    "浙江-金华",
    "广东-广州",
    "广东-深圳",
    "福建-泉州",
    "江苏-苏州",
    "山东-临沂",
    "湖北-武汉",
    "四川-成都",
)


SURNAMES = tuple("王李张刘陈杨赵黄周吴")
CONTACT = {
    "您的姓名（选填）": "{name}某某",
    "您的手机号码（选填）": "13800000{n:03d}",
    "您的电子邮箱（选填）": "firm{n:03d}@example.org",
}
REMARKS = (
    "No.",
    "Thank you, we look forward to the results.",
    "Some of the questions sound alike.",
    "Please ask about training for employees as well.",
    "We have only just begun, so it was hard to judge the effects.",
    "The rules of the platforms are what troubles us most.",
)
REFUSED = "拒答"


def write_waves(study_path: str | Path, truth_path: str | Path, folder: str | Path) -> list[Path]:
    """Draw all waves and write them into ``folder`` under the file names of the study, each as its reader expects.

    What the study says of a wave (renamed and rescaled columns, answers in other words, codes for missing answers,
    questions not asked) is so in its file. The truth and the salt are put beside them, and SHA256SUMS lists all.
    Files of the same name are replaced. Raises `UserError` where study and truth do not fit each other, before
    anything is written.
    """
    study = studies.load(study_path)
    folder, truth_path = Path(folder), Path(truth_path)
    truth = load_truth(truth_path, study)
    for wave in study.waves.values():
        if wave.reader not in WRITERS:
            raise UserError(f"{wave.shown}: no export can be written for the reader {wave.reader}.")
    answers = simulate(truth, study)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, (name, wave) in enumerate(study.waves.items()):
        paths.append(folder / Path(wave.file).name)
        about_visits = np.random.default_rng([truth.seed, number, 1])
        WRITERS[wave.reader](answers[name], study, name, truth, paths[-1], about_visits)
    beside = folder / truth_path.name
    if beside.resolve() != truth_path.resolve():
        shutil.copyfile(truth_path, beside)
    paths.append(beside)
    if study.of_kind("identifier"):
        paths.append(folder / "SALT")
        salt = hashlib.sha256(f"SYNTHETIC {truth.seed}".encode()).hexdigest()  # of a real study it is random and secret
        paths[-1].write_text(salt + "\n", encoding="utf-8", newline="\n")
    sums = [f"{sha256(p)}  {p.name}\n" for p in sorted(paths)]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")
    return paths


def write_wjx(
    answers: pd.DataFrame, study: Study, wave_name: str, truth: Truth, path: Path, rng: np.random.Generator
) -> None:
    """问卷星, export by text: one heading row, a matrix named in its first column only, Chinese answers, (跳过)."""
    n, wave = len(answers), study.waves[wave_name]
    sources = rng.choice(["手机提交", "链接", "微信"], n, p=[0.45, 0.15, 0.40])
    numbers = np.cumsum(1 + (rng.random(n) < 0.04))  # answers deleted on the platform leave gaps
    columns = {
        "序号": numbers.tolist(),
        "提交答卷时间": [f"{t.year}/{t.month}/{t.day} {t:%H:%M:%S}".replace(" 0", " ") for t in answers["submitted"]],
        "所用时间": [f"{s}秒" for s in answers["seconds"]],
        "来源": sources.tolist(),
        "来源详情": np.where(sources == "微信", "微信", "直接访问").tolist(),
        "来自IP": [f"{ip}({PLACES[int(ip.split('.')[-1]) % len(PLACES)]})" for ip in answers["address"]],
        "总分": answers.reindex(columns=study.of_kind("likert", "attention")).sum(axis=1).astype(int).tolist(),
    }
    renamed = {name: heading for heading, name in wave.rename.items()}
    asked = _asked(study, wave)
    for number, block in enumerate(asked, start=1):
        for place, variable in enumerate(block.variables, start=1):
            wording = variable.text.zh
            if block.matrix:
                wording = f"{STEM['zh']}—{place}.{wording}" if place == 1 else f"{place}.{wording}"
            heading = renamed.get(variable.name, f"{number}、{wording}")
            columns[heading] = _texts(answers, variable, study, wave, "zh", "(跳过)", "┋")
    if truth.waves[wave_name].contacts:
        leaves = rng.random(n) < truth.waves[wave_name].contacts
        people = list(zip(leaves, rng.choice(SURNAMES, n), rng.permutation(1000)[:n], strict=True))
        for number, (question, form) in enumerate(CONTACT.items(), start=len(asked) + 1):
            columns[f"{number}、{question}"] = [form.format(name=s, n=k) if yes else "(跳过)" for yes, s, k in people]
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "SYNTHETIC 合成数据"
    book.properties.title = book.properties.description = LABEL
    book.properties.creator = "synthetic"
    for row in (list(columns), *_rows(columns, answers)):
        sheet.append(row)
    book.save(path)
    _forget_time_of_writing(path)


def write_spss(
    answers: pd.DataFrame, study: Study, wave_name: str, truth: Truth, path: Path, rng: np.random.Generator
) -> None:
    """SPSS: codes and Chinese labels; renamed columns with short labels only; the filter that SPSS leaves behind.

    Several ticked options stand in one text column. Of open answers some are empty and some have the wave's code
    for a refusal, which is labelled but not declared as missing.
    """
    wave, measures = study.waves[wave_name], {"number": "scale", "nominal": "nominal"}
    columns = {"submitted": answers["submitted"].astype("datetime64[us]"), "duration": answers["seconds"].astype(float)}
    labels = {"submitted": "提交时间", "duration": "所用时间（秒）"}
    values, measure, formats = {}, {}, {}
    renamed = {name: heading for heading, name in wave.rename.items()}
    for block in _asked(study, wave):
        for place, variable in enumerate(block.variables, start=1):
            heading = renamed.get(variable.name, variable.name)
            short = f"{study.label(block.topic).zh}{place}" if block.topic in study.constructs else heading
            labels[heading] = variable.text.zh if heading == variable.name else short
            if variable.kind in ("multiple", "identifier"):
                columns[heading] = _texts(answers, variable, study, wave, "zh", "", "┋")
                continue
            codes = answers[variable.name].copy()
            words = {float(code): text for code, text in _words(variable, study, wave, "zh").items()}
            if wave.missing:
                codes[codes.isna() & (rng.random(len(codes)) < truth.missing.refused)] = wave.missing[0]
                words |= {float(code): REFUSED for code in wave.missing}
            columns[heading], values[heading], formats[heading] = codes, words, "F8.0"
            measure[heading] = measures.get(variable.kind, "ordinal")
    columns["filter_$"] = np.ones(len(answers))
    labels["filter_$"] = "provided = 1 (FILTER)"
    table = pd.DataFrame(columns).iloc[answers["same_as"]]
    pyreadstat.write_sav(
        table,
        str(path),
        file_label=LABEL[:64],
        note=LABEL,
        column_labels=labels,
        variable_value_labels={heading: words for heading, words in values.items() if words},
        variable_measure=measure,
        variable_format=formats,
    )
    forget_spss_time(path)


def write_qualtrics(
    answers: pd.DataFrame, study: Study, wave_name: str, truth: Truth, path: Path, rng: np.random.Generator
) -> None:
    """Qualtrics: names, English wordings and import ids in three heading rows; English answers."""
    n, wave = len(answers), study.waves[wave_name]
    preview, unfinished = answers["status"] == "preview", answers["status"] == "unfinished"
    ended = answers["submitted"]
    letters = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    started = ended - pd.to_timedelta(answers["seconds"], unit="s")
    visit = {
        ("StartDate", "Start Date", "startDate"): _times(started),
        ("EndDate", "End Date", "endDate"): _times(ended),
        ("Status", "Response Type", "status"): np.where(preview, "Survey Preview", "IP Address"),
        ("IPAddress", "IP Address", "ipAddress"): np.where(preview, "", answers["address"]),
        ("Progress", "Progress", "progress"): np.where(unfinished, _progress(answers, study), 100),
        ("Duration (in seconds)", "Duration (in seconds)", "duration"): answers["seconds"],
        ("Finished", "Finished", "finished"): np.where(unfinished, "False", "True"),
        ("RecordedDate", "Recorded Date", "recordedDate"): _times(ended + pd.Timedelta(seconds=1)),
        ("ResponseId", "Response ID", "_recordId"): ["R_" + "".join(rng.choice(letters, 15)) for _ in range(n)],
        ("RecipientLastName", "Recipient Last Name", "recipientLastName"): [""] * n,
        ("RecipientFirstName", "Recipient First Name", "recipientFirstName"): [""] * n,
        ("RecipientEmail", "Recipient Email", "recipientEmail"): [""] * n,
        ("ExternalReference", "External Data Reference", "externalDataReference"): [""] * n,
        ("LocationLatitude", "Location Latitude", "locationLatitude"): [""] * n,
        ("LocationLongitude", "Location Longitude", "locationLongitude"): [""] * n,
        ("DistributionChannel", "Distribution Channel", "distributionChannel"): np.where(
            preview, "preview", "anonymous"
        ),
        ("UserLanguage", "User Language", "userLanguage"): ["EN"] * n,
    }
    columns = {_three_rows(name, text, import_id): list(cells) for (name, text, import_id), cells in visit.items()}
    renamed = {name: heading for heading, name in wave.rename.items()}
    asked = _asked(study, wave)
    for number, block in enumerate(asked, start=1):
        for place, variable in enumerate(block.variables, start=1):
            text, import_id = variable.text.en, f"QID{number}"
            if block.matrix:
                text, import_id = f"{STEM['en']} - {text}", f"QID{number}_{place}"
            elif variable.kind in ("number", "identifier"):
                import_id = f"QID{number}_TEXT"
            heading = _three_rows(renamed.get(variable.name, variable.name), text, import_id)
            columns[heading] = _texts(answers, variable, study, wave, "en", "", ",")
    if truth.waves[wave_name].remarks:
        says = rng.random(n) < truth.waves[wave_name].remarks
        question = "Is there anything else that you would like to tell us?"
        written = rng.choice(REMARKS, n)
        columns[_three_rows("remarks", question, f"QID{len(asked) + 1}_TEXT")] = np.where(says, written, "").tolist()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(zip(*columns, strict=True))
        writer.writerows(_rows(columns, answers))


WRITERS = {"wjx": write_wjx, "spss": write_spss, "qualtrics": write_qualtrics}


def _asked(study: Study, wave: Wave) -> list[Block]:
    """The blocks of the questionnaire without what this wave did not ask."""
    kept = (Block(b.topic, tuple(v for v in b.variables if v.name not in wave.not_asked)) for b in blocks(study))
    return [block for block in kept if block.variables]


def _words(variable: Variable, study: Study, wave: Wave, language: str) -> dict[int, str]:
    """The answers to a question as this wave worded them, by code; none for a number or an identifier."""
    scale = wave.scale(variable)
    words = {code: text[language] for code, text in study.answers[scale].items()} if scale else {}
    changed = wave.recode.get(variable.name, wave.recode.get(scale, {}))
    return words | {code: text for text, code in changed.items()}


def _texts(
    answers: pd.DataFrame, variable: Variable, study: Study, wave: Wave, language: str, missing: str, between: str
) -> list[str | int]:
    """The answers to one question as a platform shows them: option texts, or what was typed."""
    words = _words(variable, study, wave, language)
    if variable.kind == "identifier":
        return [text or missing for text in answers[variable.name]]
    if variable.kind == "multiple":
        ticked = answers[list(study.columns(variable.name))].to_numpy() == 1
        return [between.join(w for w, yes in zip(words.values(), row, strict=True) if yes) or missing for row in ticked]
    codes = answers[variable.name]
    return [missing if np.isnan(code) else words[int(code)] if words else int(code) for code in codes]


def _rows(columns: dict[object, list], answers: pd.DataFrame) -> list[tuple]:
    """The rows of a file; a pasted row repeats another in every cell."""
    rows = list(zip(*columns.values(), strict=True))
    return [rows[place] for place in answers["same_as"]]


def _three_rows(name: str, text: str, import_id: str) -> tuple[str, str, str]:
    return name, text, json.dumps({"ImportId": import_id}, separators=(",", ":"))


def _times(moments: pd.Series) -> list[str]:
    return moments.dt.strftime("%Y-%m-%d %H:%M:%S").tolist()


def _progress(answers: pd.DataFrame, study: Study) -> np.ndarray:
    """How far each respondent came, in per cent: the place of the last answer."""
    given = answers[[v for v in study.codebook if v in answers]].notna().to_numpy()
    last = given.shape[1] - given[:, ::-1].argmax(axis=1)
    return np.round(100 * last / given.shape[1]).astype(int)


def _forget_time_of_writing(path: Path) -> None:
    """Write a workbook again without the time of writing: the same data make the same file."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", parts[core])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
