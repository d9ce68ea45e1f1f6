"""Coded answers -> the files that survey platforms write: 问卷星 (.xlsx), SPSS (.sav) and Qualtrics (.csv)."""

import csv
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
from analysis.files import sha256
from analysis.study import Study
from analysis.study.order import STEM, blocks
from analysis.synthetic.population import simulate
from analysis.synthetic.truth import load_truth

LABEL = "SYNTHETIC data, drawn from stated true values; no firm was asked"
IP_BLOCKS = ("192.0.2", "198.51.100", "203.0.113")  # reserved for documentation: they belong to nobody
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


def write_waves(study_path: str | Path, truth_path: str | Path, folder: str | Path) -> list[Path]:
    """Draw all waves and write them into ``folder`` under the file names of the study, each as its reader expects.

    The truth is put beside them, and SHA256SUMS lists all. Files of the same name are replaced. Raises `UserError`
    where study and truth do not fit each other, before anything is written.
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
        WRITERS[wave.reader](answers[name], study, paths[-1], about_visits)
    beside = folder / truth_path.name
    if beside.resolve() != truth_path.resolve():
        shutil.copyfile(truth_path, beside)
    paths.append(beside)
    sums = [f"{sha256(p)}  {p.name}\n" for p in sorted(paths)]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")
    return paths


def write_wjx(answers: pd.DataFrame, study: Study, path: Path, rng: np.random.Generator) -> None:
    """问卷星, export by text: one heading row, a matrix named in its first column only, Chinese answers, (跳过)."""
    n = len(answers)
    sources = rng.choice(["手机提交", "链接", "微信"], n, p=[0.45, 0.15, 0.40])
    numbers = np.cumsum(1 + (rng.random(n) < 0.04))  # answers deleted on the platform leave gaps
    columns = {
        "序号": numbers.tolist(),
        "提交答卷时间": [f"{t.year}/{t.month}/{t.day} {t:%H:%M:%S}".replace(" 0", " ") for t in answers["submitted"]],
        "所用时间": [f"{s}秒" for s in answers["seconds"]],
        "来源": sources.tolist(),
        "来源详情": np.where(sources == "微信", "微信", "直接访问").tolist(),
        "来自IP": [f"{ip}({place})" for ip, place in zip(_addresses(n, rng), rng.choice(PLACES, n), strict=True)],
        "总分": answers[list(study.of_kind("likert", "attention"))].sum(axis=1).astype(int).tolist(),
    }
    for number, block in enumerate(blocks(study), start=1):
        for place, variable in enumerate(block.variables, start=1):
            wording = variable.text.zh
            if block.matrix:
                wording = f"{STEM['zh']}—{place}.{wording}" if place == 1 else f"{place}.{wording}"
            columns[f"{number}、{wording}"] = _texts(answers[variable.name], study, "zh", missing="(跳过)")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "SYNTHETIC 合成数据"
    book.properties.title = book.properties.description = LABEL
    book.properties.creator = "synthetic"
    for row in (list(columns), *zip(*columns.values(), strict=True)):
        sheet.append(row)
    book.save(path)
    _forget_time_of_writing(path)


def write_spss(answers: pd.DataFrame, study: Study, path: Path, rng: np.random.Generator) -> None:
    """SPSS: codes under the names of the codebook, with Chinese variable and value labels; open answers are empty."""
    table = answers[list(study.codebook)].copy()
    table.insert(0, "submitted", answers["submitted"].astype("datetime64[us]"))
    table.insert(1, "duration", answers["seconds"].astype(float))
    labels = {"submitted": "提交时间", "duration": "所用时间（秒）"} | {
        v.name: v.text.zh for v in study.codebook.values()
    }
    measures = {
        "likert": "ordinal",
        "attention": "ordinal",
        "number": "scale",
        "ordinal": "ordinal",
        "nominal": "nominal",
    }
    pyreadstat.write_sav(
        table,
        str(path),
        file_label=LABEL[:64],
        note=LABEL,
        column_labels=labels,
        variable_value_labels={
            v: {float(code): text.zh for code, text in study.options(v).items()}
            for v in study.codebook
            if study.options(v)
        },
        variable_measure={v.name: measures[v.kind] for v in study.codebook.values()},
        variable_format=dict.fromkeys(study.codebook, "F8.0"),
    )
    written = bytearray(path.read_bytes())
    written[92:109] = b"01 Jan 00" + b"00:00:00"  # the header says when it was written; the same data, the same file
    path.write_bytes(written)


def write_qualtrics(answers: pd.DataFrame, study: Study, path: Path, rng: np.random.Generator) -> None:
    """Qualtrics: names, English wordings and import ids in three heading rows; English answers."""
    n = len(answers)
    preview, unfinished = answers["status"] == "preview", answers["status"] == "unfinished"
    ended = answers["submitted"]
    letters = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    started = ended - pd.to_timedelta(answers["seconds"], unit="s")
    visit = {
        ("StartDate", "Start Date", "startDate"): _times(started),
        ("EndDate", "End Date", "endDate"): _times(ended),
        ("Status", "Response Type", "status"): np.where(preview, "Survey Preview", "IP Address"),
        ("IPAddress", "IP Address", "ipAddress"): np.where(preview, "", _addresses(n, rng)),
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
    columns = {
        (name, text, json.dumps({"ImportId": import_id}, separators=(",", ":"))): list(cells)
        for (name, text, import_id), cells in visit.items()
    }
    for number, block in enumerate(blocks(study), start=1):
        for place, variable in enumerate(block.variables, start=1):
            text, import_id = variable.text.en, f"QID{number}"
            if block.matrix:
                text, import_id = f"{STEM['en']} - {text}", f"QID{number}_{place}"
            elif variable.kind == "number":
                import_id = f"QID{number}_TEXT"
            heading = (variable.name, text, json.dumps({"ImportId": import_id}, separators=(",", ":")))
            columns[heading] = _texts(answers[variable.name], study, "en", missing="")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(zip(*columns, strict=True))
        writer.writerows(zip(*columns.values(), strict=True))


WRITERS = {"wjx": write_wjx, "spss": write_spss, "qualtrics": write_qualtrics}


def _texts(codes: pd.Series, study: Study, language: str, missing: str) -> list[str | int]:
    """The answers of one question as a platform shows them: option texts, or whole numbers as typed."""
    options = study.options(codes.name)
    return [missing if np.isnan(code) else options[int(code)][language] if options else int(code) for code in codes]


def _addresses(n: int, rng: np.random.Generator) -> list[str]:
    return [f"{block}.{last}" for block, last in zip(rng.choice(IP_BLOCKS, n), rng.integers(1, 255, n), strict=True)]


def _times(moments: pd.Series) -> list[str]:
    return moments.dt.strftime("%Y-%m-%d %H:%M:%S").tolist()


def _progress(answers: pd.DataFrame, study: Study) -> np.ndarray:
    """How far each respondent came, in per cent: the place of the last answer."""
    given = answers[list(study.codebook)].notna().to_numpy()
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
