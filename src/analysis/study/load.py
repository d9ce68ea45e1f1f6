"""Reads a study file and its codebook, and refuses what does not fit together, naming the line and the nearest name."""

import csv
import io
import typing
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError

from analysis.errors import UserError, nearest
from analysis.files import read_text, separator
from analysis.study.model import control_terms
from analysis.study.types import Part, Study, Variable

CODEBOOK_COLUMNS = (
    *("name", "kind", "answers", "minimum", "maximum", "reverse"),
    *("en", "zh", "label_en", "label_zh", "inspired_by"),
)
OF_R = (  # words of R (R: ?Reserved); those with a full stop can be no names here
    *("if", "else", "repeat", "while", "function", "for", "next", "break", "in", "TRUE", "FALSE", "NULL"),
    *("Inf", "NaN", "NA", "NA_integer_", "NA_real_", "NA_complex_", "NA_character_"),
)
RESERVED = {  # names that nothing in a study can have: why
    **dict.fromkeys(("respondent", "wave", "firm"), "every table has a column of this name"),
    "const": "the regressions call their constant so",
    "group": "the comparisons of groups call the level of a group so",
    **dict.fromkeys(OF_R, "it is a word of R, which could not read the models"),
}
CONTROLS = ("likert", "ordinal", "nominal", "number")  # kinds of variables that a regression can hold
PLATFORMS = {  # what people call a platform -> its reader
    **{"问卷星": "wjx", "wenjuanxing": "wjx", "sojump": "wjx", "腾讯问卷": "tencent", "问卷网": "wenjuan"},
    **{"google forms": "google", "google form": "google", "kobotoolbox": "kobo", "sav": "spss", "dta": "stata"},
    **{"xlsx": "excel", "xls": "excel", "text": "csv", "txt": "csv"},
}
Location = tuple[str, ...]


def load(path: str | Path, draft: bool = False) -> Study:
    """The study that ``path`` (YAML) and the codebook it names (CSV) describe; a draft may lack its theory.

    Raises `UserError` that lists every fault found, a line each: file, line, what is wrong, the nearest valid name.
    """
    path = Path(path)
    content, lines = _read_yaml(path)
    codebook_path = content.get("codebook")
    if not isinstance(codebook_path, str):
        raise UserError(
            f"{path}, line 1: the study names no codebook. Add a line such as: codebook: config/codebook.csv"
        )
    content |= {"codebook_file": codebook_path, "codebook": read_codebook(codebook_path)}
    content |= {part: content.get(part) or {} for part in ("constructs", "hypotheses")}

    def place(location: Location) -> str:
        while location and location not in lines:
            location = location[:-1]
        return f"{path}, line {lines.get(location, 1)}"

    try:
        study = Study.model_validate(content)
    except ValidationError as error:
        faults = [f"{place(_path(e['loc']))}: {_explain(e)}" for e in error.errors()]
        raise UserError("\n".join(dict.fromkeys(faults))) from None
    mismatches = (*_mismatches(study), *(() if draft else _unstated(study)))
    faults = [f"{place(location)}: {message}" for location, message in mismatches]
    if faults:
        raise UserError("\n".join(faults))
    return study


def read_codebook(path: str | Path) -> dict[str, Variable]:
    """The variables of a codebook by name, in its order. CSV in UTF-8 or GB18030, columns `CODEBOOK_COLUMNS`."""
    text = read_text(path)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator(text))
    unknown = [c for c in rows.fieldnames or () if c not in CODEBOOK_COLUMNS]
    if unknown:
        raise UserError(f'{path}, line 1: unknown column "{unknown[0]}".{nearest(unknown[0], CODEBOOK_COLUMNS)}')
    absent = [c for c in ("name", "kind", "en", "zh") if c not in (rows.fieldnames or ())]
    if absent:
        raise UserError(f'{path}, line 1: the column "{absent[0]}" is missing.')
    variables: dict[str, Variable] = {}
    faults = []
    for row in rows:
        at = f"{path}, line {rows.line_num}"
        if None in row:
            faults.append(f"{at}: more cells than headings. Put a cell that holds a comma in quotation marks.")
            continue
        cells = {k: v.strip() for k, v in row.items() if v and v.strip()}
        if not cells:
            continue
        cells["text"] = {language: cells.pop(language, "") for language in ("en", "zh")}
        if "label_en" in cells or "label_zh" in cells:
            cells["label"] = {language: cells.pop(f"label_{language}", "") for language in ("en", "zh")}
        try:
            variable = Variable.model_validate(cells)
        except ValidationError as error:
            faults += [f"{at}: {_explain(e)}" for e in error.errors()]
            continue
        if variable.name in variables:
            faults.append(f'{at}: the variable "{variable.name}" is in the codebook twice.')
        faults += [f'{at}: "{variable.name}" is of kind {variable.kind}, {fault}' for fault in _kind_faults(variable)]
        variables[variable.name] = variable
    if faults:
        raise UserError("\n".join(faults))
    return variables


def _kind_faults(variable: Variable) -> Iterator[str]:
    """What a variable of this kind must have, or cannot have."""
    if variable.kind == "number":
        low, high = variable.minimum, variable.maximum
        if variable.answers is not None or low is None or high is None or low >= high:
            yield "which needs a minimum and a higher maximum instead of answers."
    elif variable.kind == "identifier":
        if variable.answers is not None or variable.minimum is not None or variable.maximum is not None:
            yield "which has no answers, minimum or maximum: its values are only hashed."
    elif variable.answers is None:
        yield "which needs an answer scale."
    if variable.reverse and variable.kind not in ("likert", "ordinal"):
        yield "which cannot be turned round: leave reverse empty."


def _mismatches(study: Study) -> Iterator[tuple[Location, str]]:
    """What one part of the study says and another does not bear out, names above all: where, and what is wrong."""
    for name, options in study.answers.items():
        if len(options) < 2:
            yield ("answers", name), f'the answer scale "{name}" needs two answers or more.'
        for language in ("en", "zh"):
            words = [text[language] for text in options.values()]
            for twice in sorted({w for w in words if words.count(w) > 1}):
                yield ("answers", name), f'the answer scale "{name}" has two answers in the same words, "{twice}".'
    for name in (*study.codebook, *study.scales(), *study.hypotheses):
        if name in RESERVED:
            yield (), f'the name "{name}" is taken: {RESERVED[name]}. Choose another.'
    users: defaultdict[str, list[str]] = defaultdict(list)
    for variable in study.codebook.values():
        if variable.answers:
            users[variable.answers].append(variable.name)
    for scale, names in users.items():
        if scale not in study.answers:
            more = f" and {len(names) - 1} more questions" if len(names) > 1 else ""
            hint = nearest(scale, study.answers)
            unused = [s for s in study.answers if f'"{s}"' in hint and s not in users]
            hint += f" No question has the scale {unused[0]}." if unused else ""
            yield (
                ("answers",),
                f'the codebook gives "{names[0]}"{more} the answer scale "{scale}", which is not defined here.{hint}',
            )
    yield from _construct_mismatches(study)
    yield from _respecification_mismatches(study)
    yield from _columns_twice(study)
    variables = (
        *((("controls",), name) for name in study.controls),
        *((("marker",), name) for name in study.marker),
        *((("screening", "attention", name), name) for name in study.screening.attention),
        *((("waves", wave, "rename"), name) for wave, w in study.waves.items() for name in w.rename.values()),
        *((("waves", wave, "not_asked"), name) for wave, w in study.waves.items() for name in w.not_asked),
        *((("waves", wave, "reworded"), name) for wave, w in study.waves.items() for name in w.reworded),
    )
    for location, name in variables:
        if name not in study.codebook:
            yield location, f'"{name}" is in no row of the codebook.{nearest(name, study.codebook)}'
    for name in study.controls:
        kind = study.codebook[name].kind if name in study.codebook else CONTROLS[0]
        if kind not in CONTROLS:
            yield ("controls",), f'"{name}" is of kind {kind} and cannot be a control; it must be {_either(CONTROLS)}.'
    for rule in study.screening.leave_out or ():
        if rule not in study.screening.stated:
            yield (
                ("screening", "leave_out"),
                f'leave_out names "{rule}", which screening does not state, so it would leave nobody out. '
                f"State it, such as {rule}: …, or take it out of leave_out.",
            )
    for name in study.of_kind("attention"):
        if name not in study.screening.attention:
            yield (
                ("screening",),
                f'"{name}" is a check of attention, but screening does not say which answer it asked for. Write '
                f"under screening: attention: {{{name}: the code of that answer}}",
            )
    for name, expected in study.screening.attention.items():
        at = ("screening", "attention", name)
        check = study.codebook.get(name)
        if check and check.kind != "attention":
            yield at, f'"{name}" is of kind {check.kind}, not attention.'
        elif check and expected not in study.answers.get(check.answers, {expected}):
            yield at, f'{expected} is no answer to "{name}".{nearest(str(expected), study.options(name))}'
    yield from _hypothesis_mismatches(study)
    yield from _error_mismatches(study)
    yield from _wave_mismatches(study)
    if len(study.of_kind("identifier")) > 1:
        yield (), f"the codebook has more than one identifier: {', '.join(study.of_kind('identifier'))}; keep one."
    files: dict[Path, str] = {}
    for wave, described in study.waves.items():
        if described.path in files:
            first = files[described.path]
            yield (
                ("waves", wave),
                f"{described.shown} is registered twice, as wave {first} and as wave {wave}.",
            )
        files.setdefault(described.path, wave)


def _columns_twice(study: Study) -> Iterator[tuple[Location, str]]:
    """Columns that options and dummies make, of which another column or scale has the name."""
    described = {name: v for name, v in study.codebook.items() if v.answers is None or v.answers in study.answers}
    usable = study.model_copy(update={"controls": [name for name in study.controls if name in described]})
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for name in (*study.codebook, *study.scales()):
        owners[name].append(f'"{name}" itself')
    for name, variable in described.items():
        if variable.kind == "multiple":
            for column in study.columns(name):
                owners[column].append(f'an answer to "{name}"')
    for term, (variable, value) in control_terms(usable).items():
        if value is not None:
            owners[term].append(f'an answer to the control "{variable}"' if variable != "wave" else f"the wave {value}")
    for column, found in owners.items():
        if len(found) > 1 and len(set(found)) > 1:
            yield (), f'the column "{column}" would stand for {" and for ".join(found)}; give one of them another name.'


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _missing_that_are_answers(study: Study, wave: str) -> Iterator[str]:
    """What is wrong with the codes that a wave takes for no answer: such as are answers would be lost."""
    described = study.waves[wave]
    for code in described.missing:
        for name, variable in study.codebook.items():
            if name in described.not_asked:
                continue
            scale = described.scale(variable)
            if variable.kind == "number" and variable.minimum <= code <= variable.maximum:
                what = f'a possible answer to "{name}" ({variable.minimum:g} to {variable.maximum:g})'
            elif code in study.answers.get(scale, ()):
                what = f'an answer of the scale "{scale}" ({study.answers[scale][code].en})'
            else:
                continue
            yield (
                f'missing names {code}, but it is {what}, and such answers would be lost. Give "no answer" a code of '
                "its own in the file."
            )
            break


def _wave_mismatches(study: Study) -> Iterator[tuple[Location, str]]:
    """What a wave says of answers: names that exist, codes on the scale or off it, scales to be stretched."""
    names = (*study.codebook, *study.answers)
    asked_in_steps = {v.answers for v in study.codebook.values() if v.kind == "likert" or v.reverse}
    stretched = {wave.scale(v) for wave in study.waves.values() for v in study.codebook.values() if v.kind == "likert"}
    for scale in sorted((asked_in_steps | stretched) & set(study.answers)):
        codes = sorted(study.answers[scale])
        if codes and codes != list(range(codes[0], codes[-1] + 1)):
            yield (
                ("answers", scale),
                f'the codes of the answer scale "{scale}" are {", ".join(map(str, codes))}; answers of likert and of '
                "reverse-worded questions are a step of 1 apart. Number them one after the other; a code that means "
                "no answer belongs under missing of its wave.",
            )
    for wave, described in study.waves.items():
        yield from ((("waves", wave, "missing"), fault) for fault in _missing_that_are_answers(study, wave))
        for key, entries in (("recode", described.recode), ("rescaled", described.rescaled)):
            for name in entries:
                if name not in names:
                    hint = nearest(name, names)
                    yield ("waves", wave, key), f'"{name}" is neither an answer scale nor a codebook variable.{hint}'
        for name, scale in described.rescaled.items():
            at = ("waves", wave, "rescaled", name)
            own = study.codebook[name].answers if name in study.codebook else name
            kinds = [v.kind for v in study.codebook.values() if name in (v.name, v.answers)]
            kinds = [kind for kind in kinds if kind != "attention" or name in study.codebook]
            if scale not in study.answers:
                yield at, f'the answer scale "{scale}" is not defined under answers.{nearest(scale, study.answers)}'
            elif scale == own:
                yield at, f'"{name}" has the answer scale "{scale}" anyway; take the line out.'
            elif any(kind != "likert" for kind in kinds):
                yield (
                    at,
                    f'"{name}" cannot be rescaled: only answers of kind likert can be stretched. Say which of its '
                    "answers each answer of this wave is (recode).",
                )
        for name, codes in described.recode.items():
            scale = study.codebook[name].answers if name in study.codebook else name
            scale = described.rescaled.get(name, described.rescaled.get(scale, scale))
            for words, code in codes.items():
                at, variable = ("waves", wave, "recode", name), study.codebook.get(name)
                if code in described.missing:
                    continue
                if variable and variable.kind == "number" and not variable.minimum <= code <= variable.maximum:
                    limits = f"{variable.minimum:g} to {variable.maximum:g}"
                    yield at, f'{code}, for "{words}", is no answer to "{name}", which allows {limits}.'
                if scale in study.answers and code not in study.answers[scale]:
                    allowed = map(str, study.answers[scale])
                    yield (
                        at,
                        f'{code}, for "{words}", is no answer of the scale "{scale}".{nearest(str(code), allowed)}',
                    )


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


def _respecification_mismatches(study: Study) -> Iterator[tuple[Location, str]]:
    """Lines added to the measurement model that name what it does not have, have already, or cannot have."""
    several = {name: c for name, c in study.constructs.items() if not c.single}
    alone = {c.all_items[0]: name for name, c in study.constructs.items() if c.single}
    dimensions = [d for c in several.values() for d in c.dimensions]
    items = [i for c in several.values() for i in c.all_items]
    factors = [*several, *dimensions]
    allowed = {
        "=~": ((factors, "construct or dimension of several items"), (items, "item of the measurement model")),
        "~~": (([*items, *dimensions], "item or dimension of the measurement model"),) * 2,
    }
    known: set[tuple[str, frozenset[str]]] = set()
    for number, added in enumerate(study.respecifications):
        at, (left, operator, right) = ("respecifications", str(number), "add"), added.parts
        unknown = False
        for name, (valid, what) in zip((left, right), allowed[operator], strict=True):
            if name in alone:
                yield at, f'"{name}" is the only item of "{alone[name]}": it has no residual and takes no loading.'
            elif name not in valid:
                yield at, f'"{name}" is no {what}.{nearest(name, valid)}'
            unknown |= name not in valid
        if unknown:
            continue
        if operator == "~~" and (left == right or (left in dimensions) != (right in dimensions)):
            yield at, f'"{added.add}" must join two different items, or two different dimensions.'
        line = (operator, frozenset((left, right)))
        if line in known or (operator == "=~" and study.owners[right] == left):
            yield at, f'"{added.add}" is in the model already; take the line out.'
        known.add(line)


def _unstated(study: Study) -> Iterator[tuple[Location, str]]:
    """What a study that is no draft must state."""
    if not study.constructs:
        yield ("constructs",), "no construct is stated, so there is nothing to measure."
    if not any(hypothesis.path for hypothesis in study.hypotheses.values()):
        yield ("hypotheses",), "no hypothesis states a path, such as a -> b, so there is nothing to estimate."


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
        if hypothesis.moderated_by and hypothesis.differ_by:
            yield at, f"{name} has both moderated_by and differ_by; make it two hypotheses."
        if hypothesis.moderated_by in hypothesis.path:
            yield at, f'"{hypothesis.moderated_by}" moderates a path of {name} that it is a part of.'
        if hypothesis.stage and hypothesis.kind != "moderated mediation":
            yield at, f"{name} states a stage, which only a mediation with a moderator has (a -> b -> c, moderated_by)."
        if hypothesis.kind == "moderated mediation" and not hypothesis.stage:
            yield (
                at,
                f"{name} must say which step of its path {hypothesis.moderated_by} moderates: stage: first "
                f"({' -> '.join(hypothesis.path[:2])}), second ({' -> '.join(hypothesis.path[-2:])}) or both.",
            )
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


def _error_mismatches(study: Study) -> Iterator[tuple[Location, str]]:
    """Standard errors of no kind, or clustered by what tells no clusters apart."""
    if study.standard_errors == "wave" and len(study.waves) < 2:
        yield (
            ("standard_errors",),
            "standard_errors is wave, but the study has one wave only: errors by waves need two or more.",
        )
        return
    known = ["classical", "HC3", *(["wave"] if len(study.waves) > 1 else []), *study.of_kind("nominal", "ordinal")]
    known += ["firm"] if study.of_kind("identifier") else []
    if study.standard_errors not in known:
        yield (
            ("standard_errors",),
            f'standard_errors is "{study.standard_errors}", but must be classical, HC3, or what to cluster by: '
            f"{', '.join(known[2:]) or '(nothing in this study)'}.{nearest(study.standard_errors, known)}",
        )


def _read_yaml(path: Path) -> tuple[dict, dict[Location, int]]:
    """The content of a YAML file, and the line of every key and list entry. Keys are text, and none comes twice."""
    text = read_text(path)
    lines: dict[Location, int] = {}

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
        try:
            return loader.construct_object(node)
        except ValueError as error:  # such as a date that no calendar has
            line = node.start_mark.line + 1
            raise UserError(f'{path}, line {line}: "{node.value}" cannot be read: {error}.') from None

    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        content = build(node, ()) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}, line {line}: {_yaml_problem(error.problem)}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UserError(f"{path}, line {line}: there is a character that no text file should hold.") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}, line 1: a study file is a list of keys and values, such as name: my-study")
    return content, lines


def _yaml_problem(problem: str) -> str:
    """What YAML found wrong, in a user's words where they are known."""
    if "'\\t'" in problem:
        return "a tab stands here; indent with spaces."
    if "could not find expected ':'" in problem:
        return (
            "here or on the line before, a key lacks its colon. Write key: value, with a half-width colon and a space."
        )
    return f"this is not valid YAML: {problem}."


def _path(location: tuple) -> Location:
    return tuple(str(step) for step in location if step != "[key]")


def _explain(error: dict) -> str:
    """One fault found by pydantic, in a user's words."""
    location = _path(error["loc"])
    key = location[-1] if location else ""
    where = ".".join(location)
    if error["type"] == "extra_forbidden":
        return f'unknown key "{key}".{nearest(key, _keys_at(location[:-1]))}'
    if error["type"] == "model_type":
        return f"{where} needs keys of its own: {', '.join(_keys_at(location))}."
    if error["type"] == "string_type":
        return f"{where} must be text. Put a number, a date, or a word such as yes or no in quotation marks."
    if error["type"] == "missing":
        return f'"{where}" is missing.'
    if error["type"] == "literal_error":
        value, allowed = (
            error["input"],
            error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "),
        )
        if key == "reader" and str(value).casefold() in PLATFORMS:
            return f'{where} is "{value}". Its reader is called {PLATFORMS[str(value).casefold()]}.'
        return f'{where} is "{value}".{nearest(value, allowed, few=20)}'
    if error["type"] == "tuple_type":
        return f'{where} is "{error["input"]}": write it as a list, such as {key}: [{error["input"]}].'
    if error["type"] == "dict_type":
        return f"{where} must hold keys and values, such as {_pairs_at(location)}."
    if error["type"] in ("int_parsing", "int_type", "int_from_float"):
        words = (
            " For a word that means no answer, give the word a code by recode, and that code here: missing: [-99], "
            f'recode: {{SCALE: {{"{error["input"]}": -99}}}}.'
        )
        said = words if "missing" in location and isinstance(error["input"], str) else ""
        return f'{where} is "{error["input"]}": it must be a whole number.{said}'
    if error["type"] in ("float_parsing", "float_type"):
        return f'{where} is "{error["input"]}": it must be a number.'
    if error["type"] == "string_pattern_mismatch":
        hyphen = " and -" if "-" in error["ctx"]["pattern"] else ""
        return f'{where} is "{error["input"]}": use letters (of any script), digits and _{hyphen} only, a letter first.'
    if error["type"] in ("bool_parsing", "bool_type"):
        return f'{where} is "{error["input"]}": it must be true or false.'
    message = error["msg"].removeprefix("Value error, ")
    shown = "" if isinstance(error["input"], dict | list) else f' is "{error["input"]}":'
    return f"{where}{shown} {message[0].lower()}{message[1:]}"


def _pairs_at(location: Location) -> str:
    """An example of what may stand at a place of the study file that holds keys and values."""
    key = location[-1]
    if "recode" in location:
        name = "SCALE" if key == "recode" else key
        return f'recode: {{{name}: {{"ANSWER IN THE FILE": CODE}}}}'
    return {
        "rename": 'rename: {"HEADING IN THE FILE": VARIABLE}',
        "rescaled": "rescaled: {SCALE: SCALE_USED_HERE}",
        "attention": "attention: {CHECK: CODE}",
    }.get(key, f"{key}: {{NAME: …}}")


def _keys_at(location: Location) -> tuple[str, ...]:
    """The keys that the study file allows at a place in it."""
    kind: object = Study
    for step in location:
        if typing.get_origin(kind) is dict:  # the step is a name of the user's, such as H1
            kind = typing.get_args(kind)[1]
        elif typing.get_origin(kind) is tuple:  # the step is a place in a list
            kind = typing.get_args(kind)[0]
        else:
            fields = kind.model_fields if _is_part(kind) else {}
            kind = fields[step].annotation if step in fields else None
    return tuple(kind.model_fields) if _is_part(kind) else ()


def _is_part(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)
