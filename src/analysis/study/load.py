"""Reads a study file and its codebook, and refuses what does not fit together, naming the line and the nearest name."""

import csv
import io
import typing
from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from analysis.errors import UserError, nearest
from analysis.study.types import Part, Study, Variable

CODEBOOK_COLUMNS = ("name", "kind", "answers", "minimum", "maximum", "reverse", "en", "zh", "inspired_by")
Location = tuple[str, ...]


def load(path: str | Path) -> Study:
    """The study that ``path`` (YAML) and the codebook it names (CSV) describe.

    Raises `UserError` that lists every fault found, a line each: file, line, what is wrong, the nearest valid name.
    """
    path = Path(path)
    content, lines = _read_yaml(path)
    codebook_path = content.get("codebook")
    if not isinstance(codebook_path, str):
        raise UserError(
            f"{path}, line 1: the study names no codebook. Add a line such as: codebook: config/codebook.csv"
        )
    content["codebook"] = read_codebook(codebook_path)

    def place(location: Location) -> str:
        while location and location not in lines:
            location = location[:-1]
        return f"{path}, line {lines.get(location, 1)}"

    try:
        study = Study.model_validate(content)
    except ValidationError as error:
        faults = [f"{place(_path(e['loc']))}: {_explain(e)}" for e in error.errors()]
        raise UserError("\n".join(dict.fromkeys(faults))) from None
    faults = [f"{place(location)}: {message}" for location, message in _mismatches(study)]
    if faults:
        raise UserError("\n".join(faults))
    return study


def read_codebook(path: str | Path) -> dict[str, Variable]:
    """The variables of a codebook by name, in its order. CSV in UTF-8 or GB18030, columns `CODEBOOK_COLUMNS`."""
    rows = csv.DictReader(io.StringIO(_read_text(Path(path)), newline=""))
    unknown = [c for c in rows.fieldnames or () if c not in CODEBOOK_COLUMNS]
    if unknown:
        raise UserError(f'{path}, line 1: unknown column "{unknown[0]}".{nearest(unknown[0], CODEBOOK_COLUMNS)}')
    absent = [c for c in ("name", "kind", "en", "zh") if c not in (rows.fieldnames or ())]
    if absent:
        raise UserError(f'{path}, line 1: the column "{absent[0]}" is missing.')
    variables: dict[str, Variable] = {}
    for row in rows:
        at = f"{path}, line {rows.line_num}"
        if None in row:
            raise UserError(f"{at}: more cells than headings. Put a cell that holds a comma in quotation marks.")
        cells = {k: v.strip() for k, v in row.items() if v and v.strip()}
        if not cells:
            continue
        cells["text"] = {language: cells.pop(language, "") for language in ("en", "zh")}
        try:
            variable = Variable.model_validate(cells)
        except ValidationError as error:
            raise UserError("\n".join(f"{at}: {_explain(e)}" for e in error.errors())) from None
        if variable.name in variables:
            raise UserError(f'{at}: the variable "{variable.name}" is in the codebook twice.')
        if (variable.answers is None) != (variable.kind == "number"):
            need = "minimum and maximum instead of answers" if variable.kind == "number" else "an answer scale"
            raise UserError(f'{at}: "{variable.name}" is of kind {variable.kind}, which needs {need}.')
        variables[variable.name] = variable
    return variables


def _mismatches(study: Study) -> Iterator[tuple[Location, str]]:
    """Names that one part of the study uses and no other defines: where, and what is wrong."""
    for variable in study.codebook.values():
        if variable.answers and variable.answers not in study.answers:
            yield (
                ("answers",),
                f'the codebook gives "{variable.name}" the answer scale "{variable.answers}", '
                f"which is not defined here.{nearest(variable.answers, study.answers)}",
            )
    yield from _construct_mismatches(study)
    variables = (
        *((("controls",), name) for name in study.controls),
        *((("marker",), name) for name in study.marker),
        *((("screening", "attention", name), name) for name in study.screening.attention),
        *((("waves", wave, "rename"), name) for wave, w in study.waves.items() for name in w.rename.values()),
        *((("waves", wave, "not_asked"), name) for wave, w in study.waves.items() for name in w.not_asked),
    )
    for location, name in variables:
        if name not in study.codebook:
            yield location, f'"{name}" is in no row of the codebook.{nearest(name, study.codebook)}'
    yield from _hypothesis_mismatches(study)
    files: dict[Path, str] = {}
    for wave, described in study.waves.items():
        if described.path in files:
            first = files[described.path]
            yield (
                ("waves", wave),
                f"{described.shown} is registered twice, as wave {first} and as wave {wave}.",
            )
        files.setdefault(described.path, wave)


def _construct_mismatches(study: Study) -> Iterator[tuple[Location, str]]:
    owner: dict[str, str] = {}
    names: set[str] = set(study.codebook)
    for name, construct in study.constructs.items():
        at = ("constructs", name)
        if bool(construct.items) == bool(construct.dimensions):
            yield at, f'"{name}" needs either items or dimensions.'
        if len(construct.dimensions) == 1:
            yield at, f'"{name}" has one dimension only; give its items to the construct itself.'
        for scale in (name, *construct.dimensions):
            if scale in names:
                yield (
                    at,
                    f'the name "{scale}" is used twice; constructs, dimensions and variables share one set of names.',
                )
            names.add(scale)
        for item in construct.all_items:
            if item not in study.codebook:
                yield (
                    at,
                    f'the item "{item}" of "{name}" is in no row of the codebook.{nearest(item, study.codebook)}',
                )
            elif study.codebook[item].kind != "likert":
                yield at, f'the item "{item}" of "{name}" is of kind {study.codebook[item].kind}, not likert.'
            if item in owner:
                yield at, f'the item "{item}" belongs to "{owner[item]}" and to "{name}".'
            owner[item] = name


def _hypothesis_mismatches(study: Study) -> Iterator[tuple[Location, str]]:
    for name, hypothesis in study.hypotheses.items():
        at = ("hypotheses", name)
        if bool(hypothesis.path) == bool(hypothesis.differ_by):
            yield at, f"{name} needs either a path, such as a -> b, or differ_by."
        moderators = (hypothesis.moderated_by,) if hypothesis.moderated_by else ()
        for construct in (*hypothesis.path, *moderators):
            if construct not in study.constructs:
                yield (
                    at,
                    f'{name} names "{construct}", which is no construct.{nearest(construct, study.constructs)}',
                )
        if len(set(hypothesis.path)) < len(hypothesis.path):
            yield at, f"the path of {name} passes the same construct twice."
        for attribute in hypothesis.differ_by:
            groups = study.of_kind("ordinal", "nominal")
            if attribute not in groups:
                yield (
                    at,
                    f'{name} names "{attribute}", which is no ordinal or nominal variable.{nearest(attribute, groups)}',
                )
    for name, question in study.questions.items():
        if question.outcome not in study.constructs:
            hint = nearest(question.outcome, study.constructs)
            yield ("questions", name), f'{name} names "{question.outcome}", which is no construct.{hint}'


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror}. Paths are relative to the working directory."
        ) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{path} is neither UTF-8 nor GB18030 text.")


def _read_yaml(path: Path) -> tuple[dict, dict[Location, int]]:
    """The content of a YAML file, and the line of every key and list entry. Keys are text, and none comes twice."""
    text = _read_text(path)
    lines: dict[Location, int] = {}
    loader = yaml.SafeLoader(text)

    def build(node, location: Location):
        lines[location] = lines.get(location, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            mapping = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                if key in mapping:
                    raise UserError(f'{path}, line {key_node.start_mark.line + 1}: the key "{key}" is there twice.')
                lines[(*location, key)] = key_node.start_mark.line + 1
                mapping[key] = build(value_node, (*location, key))
            return mapping
        if isinstance(node, yaml.SequenceNode):
            return [build(child, (*location, str(i))) for i, child in enumerate(node.value)]
        return loader.construct_object(node)

    try:
        node = loader.get_single_node()
        content = build(node, ()) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}, line {line}: this is not valid YAML: {error.problem}.") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}, line 1: a study file is a list of keys and values, such as name: my-study")
    return content, lines


def _path(location: tuple) -> Location:
    return tuple(str(step) for step in location if step != "[key]")


def _explain(error: dict) -> str:
    """One fault found by pydantic, in a user's words."""
    location = _path(error["loc"])
    key = location[-1] if location else ""
    where = ".".join(location)
    if error["type"] == "extra_forbidden":
        return f'unknown key "{key}".{nearest(key, _keys_at(location[:-1]))}'
    if error["type"] == "missing":
        return f'"{where}" is missing.'
    if error["type"] == "literal_error":
        value, allowed = (
            error["input"],
            error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "),
        )
        return f'{where} is "{value}".{nearest(value, allowed)}'
    message = error["msg"].removeprefix("Value error, ")
    shown = "" if isinstance(error["input"], dict | list) else f' is "{error["input"]}":'
    return f"{where}{shown} {message[0].lower()}{message[1:]}"


def _keys_at(location: Location) -> tuple[str, ...]:
    """The keys that the study file allows at a place in it."""
    kind = Study
    for step in location:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[step].annotation if step in kind.model_fields else Part
        parts = [a for a in (kind, *typing.get_args(kind)) if isinstance(a, type) and issubclass(a, Part)]
        kind = parts[-1] if parts else kind
    return tuple(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else ()
