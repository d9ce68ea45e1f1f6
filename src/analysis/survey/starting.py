"""A study started from an export: a folder with all that the file tells, and marks where only a person knows."""

import csv
import io
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from analysis import study as studies
from analysis.errors import UserError
from analysis.files import read_text, separator
from analysis.study import Wave
from analysis.study.load import CODEBOOK_COLUMNS
from analysis.survey import privacy, readers, registry
from analysis.survey.drafting import PERHAPS, Question, Questionnaire, missing_codes, questionnaire
from analysis.survey.readers import Export
from analysis.survey.study_text import flow, wave_lines

TO_STATE = re.compile(r"#\s*TO STATE:\s*(.+)")


@dataclass(frozen=True)
class Draft:
    """A study to be written: two files, and a copy of the raw one."""

    export: Path
    study_file: Path
    codebook_file: Path
    raw: Path
    study_text: str
    codebook_text: str
    summary: str

    def write(self) -> None:
        """Write the folder, copy the raw file and register it. Raises `UserError` rather than overwrite anything."""
        at_home = self.raw.exists() and self.raw.samefile(self.export)
        new = [self.study_file, self.codebook_file, *([] if at_home else [self.raw])]
        faults = [f"{path.as_posix()} exists already." for path in new if path.exists()]
        if faults:
            raise UserError("\n".join([*faults, "Nothing was written. Choose another name with --name or --folder."]))
        for path in new:
            path.parent.mkdir(parents=True, exist_ok=True)
        if not at_home:
            shutil.copy2(self.export, self.raw)
        self.codebook_file.write_text(self.codebook_text, encoding="utf-8-sig", newline="")
        self.study_file.write_text(self.study_text, encoding="utf-8", newline="")
        registry.register(studies.load(self.study_file, draft=True))


def draft(
    export_file: str | Path, name: str | None = None, folder: str | Path | None = None, sheet: str | None = None
) -> Draft:
    """A study drafted from an export, ready to be edited; nothing is written yet.

    In the codebook stands every question whose answers can be counted; free text and personal columns are left out.
    Raises `UserError` if no reader knows the file, or if the name cannot name a study or is that of another one.
    """
    export_file = Path(export_file)
    if not export_file.is_file():
        raise UserError(f"{export_file} {'is a folder, not a file' if export_file.is_dir() else 'does not exist'}.")
    name = name or re.sub(r"[^\w-]+", "-", export_file.stem).strip("-_") or "study"
    if not re.fullmatch(r"[\w-]+", name):
        raise UserError(f'"{name}" cannot name a study: use letters, digits, - and _ only.')
    folder, raw = Path(folder or Path("studies") / name), Path("data/raw") / name / export_file.name
    _refuse_taken(name, folder / "study.yaml", raw)
    recognised = readers.recognise(export_file, sheet)
    recognised = recognised.model_copy(update={"missing": missing_codes(readers.read(recognised), recognised)})
    export = readers.read(recognised)
    asked = questionnaire(export, recognised)
    wave = recognised.model_copy(update={"file": raw.as_posix(), **_exceptions(asked)})
    return Draft(
        export=export_file,
        study_file=folder / "study.yaml",
        codebook_file=folder / "codebook.csv",
        raw=raw,
        study_text=_study_text(name, folder, export, asked, wave),
        codebook_text=_codebook_text(asked.questions),
        summary=_summary(export, asked),
    )


def _refuse_taken(name: str, study_file: Path, raw: Path) -> None:
    """Refuse the name of another study of the project, or of a folder of raw files that the export is not in."""
    others = [Path("config/study.yaml"), *Path("examples").glob("*/study.yaml"), *Path("studies").glob("*/study.yaml")]
    for other in others:
        if (
            other.is_file()
            and other != study_file
            and re.search(rf"^name:\s*[\"']?{re.escape(name)}[\"']?\s*(#.*)?$", read_text(other), re.M)
        ):
            raise UserError(f'The name "{name}" is taken by {other.as_posix()}. Choose another with --name.')
    if raw.parent.is_dir() and not raw.exists():
        raise UserError(
            f'The name "{name}" is taken: {raw.parent.as_posix()} holds the raw files of a study. Choose another with '
            "--name, or add this file to that study with add-wave."
        )


def left_to_state(study_file: str | Path) -> list[str]:
    """What a study still has to state, in order: a line each, naming file and line; [] when nothing is left.

    These are the comments ``# TO STATE: …`` of the study file, to be taken away once it is done, and the rows of the
    codebook that have the same words in both languages.
    """
    text = read_text(study_file)
    found = [(n, TO_STATE.search(line)) for n, line in enumerate(text.splitlines(), start=1)]
    left = [f"{study_file}, line {n}: {match.group(1).strip()}" for n, match in found if match]
    content = yaml.safe_load(text)
    lines = _untranslated(content["codebook"])
    if lines:
        left.append(
            f"{content['codebook']}, line{'s' if len(lines) > 1 else ''} {_ranges(lines)}: the question in both "
            "languages (the columns en and zh hold the same words)"
        )
    return left


def _untranslated(codebook_file: str) -> list[int]:
    """The lines of a codebook that have the same words in both languages."""
    text = read_text(codebook_file)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator(text))
    return [
        rows.line_num for row in rows if row["en"] == row["zh"] and any(letter.isalpha() for letter in row["en"] or "")
    ]


def _ranges(numbers: list[int]) -> str:
    """2, 3, 4, 7 as "2–4, 7"."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


def _exceptions(asked: Questionnaire) -> dict:
    """What the wave has to say of its columns: names for those whose wording is not theirs alone; what is no question.

    Personal columns need no word: they are recognised and left behind whenever the file is read.
    """
    texts = Counter(readers.plain(q.text) for q in asked.questions)
    renamed = [q for q in asked.questions if readers.plain(q.heading) != readers.plain(q.name)]
    ignored = [
        h
        for reason in ("empty", "one answer only", "identifier", "free text", PERHAPS)
        for h in asked.left_out.get(reason, ())
    ]
    return {
        "rename": {q.heading: q.name for q in renamed if texts[readers.plain(q.text)] > 1},
        "ignore": tuple(ignored),
    }


def _codebook_text(questions: tuple[Question, ...]) -> str:
    out = io.StringIO(newline="")
    rows = csv.DictWriter(out, CODEBOOK_COLUMNS, lineterminator="\n")
    rows.writeheader()
    for q in questions:
        limits = {k: f"{v:g}" for k in ("minimum", "maximum") if (v := getattr(q, k)) is not None}
        row = {"name": q.name, "kind": q.kind, "answers": q.answers, "reverse": "true" if q.reverse else ""}
        rows.writerow(row | limits | {"en": q.text, "zh": q.text})
    return out.getvalue()


def _study_text(name: str, folder: Path, export: Export, asked: Questionnaire, wave: Wave) -> str:
    """The study file, with a comment ``# TO STATE: …`` wherever only a person knows."""
    file = Path(wave.file).name
    check = f"python -m analysis check {(folder / 'study.yaml').as_posix()}"
    others = [q.name for q in asked.questions if q.kind in ("ordinal", "nominal", "number")]
    lines = [
        f"# Drafted from {file}. Where a line says TO STATE, put right what follows it, then take the mark away.",
        f"# What is left, and whether all fits together:  {check}",
        "",
        f"name: {flow(name)}   # results go to reports/<name>/",
        "# TO STATE: the title of the study, in both languages",
        f"title: {flow({'en': name, 'zh': name})}",
        "# TO STATE: where the answers come from: who was asked, when and how, in both languages",
        f"source: {flow({'en': f'Answers in {file}', 'zh': f'{file} 中的答卷'})}",
        "seed: 20240229   # for every random draw of the analysis",
        f"codebook: {flow((folder / 'codebook.csv').as_posix())}   # the questions, one a row; opens in a spreadsheet",
        "",
        "# The answers that may be given, from the lowest code to the highest. Where the file has words alone, the",
        "# codes are this draft's own: before a file of codes is added, put the platform's in their place.",
        *_answers(asked),
        "",
        "# What the theory speaks of, drafted from the blocks of the questionnaire. Items may be moved, and constructs",
        "# put together as dimensions of one.",
        *_constructs(asked),
        "",
        f"controls: []   # in every model; there are {', '.join(others) or 'no other questions'}",
        "",
        *_hypotheses(asked),
        "",
        "# When an answered questionnaire is left out of the analysis. A rule that is not stated is not applied.",
        *_screening(asked, export),
        "",
        "# The raw exports. One more:  python -m analysis add-wave FILE --wave NAME --study PATH-OF-THIS-FILE",
        *_perhaps_names(asked),
        "waves:",
        *wave_lines(_wave_name(export), wave, indent=2),
    ]
    return "\n".join(lines) + "\n"


def _answers(asked: Questionnaire) -> list[str]:
    numbers = [q.name for q in asked.questions if q.kind == "number"]
    lines = ["answers:" if asked.scales else "answers: {}"]
    if numbers:
        limits = "the minimum and maximum that an answer may have; the codebook has those that occur"
        lines.insert(0, f"# TO STATE: {', '.join(numbers)}: {limits}")
    for scale in asked.scales.values():
        lines += [f"  # TO STATE: {scale.name}: {scale.to_state}"] if scale.to_state else []
        lines += [f"  {flow(scale.name)}:", *(f"    {code}: {flow(words)}" for code, words in scale.options.items())]
    return lines


def _constructs(asked: Questionnaire) -> list[str]:
    if not asked.constructs:
        return [
            "# TO STATE: what the theory speaks of, and which likert items measure it; none were found",
            "constructs:",
        ]
    reverse = {q.name for q in asked.questions if q.reverse}
    lines = ["# TO STATE: what each construct is called (name, symbol, label in both languages)", "constructs:"]
    for name, construct in asked.constructs.items():
        turned = [i for i in construct.items if i in reverse]
        if turned:
            lines.append(
                f"  # TO STATE: {name}: whether {', '.join(turned)} asks the other way round, as the answers suggest "
                "(reverse in the codebook)"
            )
        lines += [f"  {flow(name)}:", f"    symbol: {flow(construct.symbol)}"]
        lines += [f"    label: {flow({'en': construct.label, 'zh': construct.label})}"]
        lines += [f"    items: {flow(list(construct.items))}"]
    return lines


def _hypotheses(asked: Questionnaire) -> list[str]:
    cause, effect = (
        ([*asked.constructs] + ["cause", "effect"])[:2] if len(asked.constructs) > 1 else ("cause", "effect")
    )
    return [
        "# TO STATE: the hypotheses, a line each; there are none yet",
        "hypotheses:",
        f"#  H1: {{path: {cause} -> {effect}, expect: positive}}",
    ]


def _screening(asked: Questionnaire, export: Export) -> list[str]:
    """The usual rules, as far as the file has what they need."""
    items = sum(q.kind == "likert" for q in asked.questions)
    checks = {q.name: asked.expected(q) for q in asked.questions if q.kind == "attention"}
    seconds = "seconds" in export.visits and export.visits["seconds"].notna().any()
    rules = [
        (checks, f"attention: {flow(checks)}   # the answer that each check asked for"),
        (seconds and items, "seconds_per_item: 2   # faster than two seconds a question: not read"),
        (items >= 10, f"longest_run: {items // 2}   # one answer more often than this running"),
        (items >= 5, "missing_share: 0.2   # more than a fifth of the items left open"),
        (items >= 10 and seconds, "duplicates: true   # the same answers, time and duration as an earlier row"),
    ]
    stated = [f"  {rule}" for applies, rule in rules if applies]
    return ["screening:" if stated else "screening: {}", *stated]


def _perhaps_names(asked: Questionnaire) -> list[str]:
    headings = ", ".join(" ".join(privacy.shown(h).split()) for h in asked.left_out.get(PERHAPS, ()))
    if not headings:
        return []
    return [
        f"# TO STATE: {headings}: whether people wrote names or other words of their own there (then it stays under",
        "# ignore, and nothing of it is kept) or chose from answers (then it is a question: give it a row in the",
        "# codebook, state its answers above, and take it out of ignore)",
    ]


def _wave_name(export: Export) -> str:
    """The year in which most answers came, or "first"."""
    when = export.visits.get("submitted", export.visits.get("started"))
    years = [] if when is None else when.dropna().dt.year.mode()
    return str(int(years[0])) if len(years) else "first"


def _summary(export: Export, asked: Questionnaire) -> str:
    kinds = Counter(q.kind for q in asked.questions)
    said = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    lines = [f"{len(export.answers)} rows; {len(asked.questions)} questions put into the codebook ({said})."]
    lines += [f"Construct {name}: {', '.join(c.items)}" for name, c in asked.constructs.items()]
    reverse = [q.name for q in asked.questions if q.reverse]
    if reverse:
        lines.append(f"Worded the other way round, as their correlations suggest: {', '.join(reverse)}")
    columns = Counter({reason: len(headings) for reason, headings in asked.left_out.items()})
    columns.update({kind: n for kind, (n, _) in export.private.items()})
    if columns:
        lines.append("Columns left out: " + ", ".join(f"{n} {reason}" for reason, n in columns.items()) + ".")
    return "\n".join(lines)
