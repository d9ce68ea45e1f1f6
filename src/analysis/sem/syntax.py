"""From model text in lavaan's syntax to a list of terms: what is related to what, and how it is modified."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field

from .errors import ModelSyntaxError
from .expressions import Expression, parse_expression

_OPERATOR = re.compile(r"=~|<~|~\*~|~~|~|==|:=|<|>|\||%|:")
_MEANING = (
    "=~ (is measured by), ~ (is regressed on), ~~ (covaries with), | (has the threshold), ~*~ (has the scale),"
    " := (is defined as), == (equals)"
)
_SIGNS = frozenset("=~<>:|%+-*/^()?,;#!")
_QUOTED = re.compile(r""" "[^"]*" | '[^']*' """, re.VERBOSE)
_TOKEN = re.compile(
    r"""(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>\.?[^\W\d][\w.]*)
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<sign>[-+*(),?])
      | (?P<space>\s+)""",
    re.VERBOSE,
)


@dataclass
class Term:
    """One relation ``lhs op rhs``; a modifier holds one value, or one per group (NA, fixed to NaN, frees)."""

    lhs: str
    op: str
    rhs: str
    line: int
    fixed: tuple[float, ...] = ()
    start: tuple[float, ...] = ()
    label: tuple[str, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A defined parameter ``name := expression``."""

    name: str
    expression: Expression
    line: int


@dataclass(frozen=True)
class Constraint:
    """An equality ``left == right`` between expressions in labels."""

    left: Expression
    right: Expression
    line: int


@dataclass
class Model:
    """What the text says, in its order."""

    terms: list[Term] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    index: dict[tuple[str, ...], Term] = field(default_factory=dict, repr=False)


def parse(text: str) -> Model:
    """Read lavaan model syntax (R: ``lavParseModelString``).

    Raises ModelSyntaxError that names the line, its text and what was expected.
    """
    if not isinstance(text, str):
        raise ModelSyntaxError(f"the model must be text (str) in lavaan's syntax, not {type(text).__name__}")
    model = Model()
    for line, statement in _statements(text):
        _read_statement(model, line, statement)
    if not model.terms:
        raise ModelSyntaxError(f"the model is empty: it needs at least one line with {_MEANING}")
    return model


def _statements(text: str) -> list[tuple[int, str]]:
    """(line number, statement) pairs: comments cut, ``;`` split, continued lines joined."""
    statements: list[tuple[int, str]] = []
    for line, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        said = re.split(r"[#!]", raw, maxsplit=1)[0]
        _check_width(said, line)
        for piece in said.split(";"):
            piece = piece.strip()
            if not piece:
                continue
            previous = statements[-1][1] if statements else ""
            if previous and _continues(previous, piece):
                statements[-1] = (statements[-1][0], f"{previous} {piece}")
            elif _OPERATOR.search(piece):
                statements.append((line, piece))
            else:
                raise ModelSyntaxError(
                    f"line {line}: {piece!r} has no operator: expected one of {_MEANING},"
                    " or a '+' at the end of the line before"
                )
    return statements


def _check_width(text: str, line: int) -> None:
    """Raises ModelSyntaxError for an operator of a Chinese or Japanese keyboard, such as the plus sign U+FF0B."""
    for character in _QUOTED.sub("", text):
        plain = unicodedata.normalize("NFKC", character)
        if plain != character and plain in _SIGNS:
            raise ModelSyntaxError(f"line {line}: {character!r} in {text.strip()!r} is full-width: type {plain!r}")


def _continues(previous: str, piece: str) -> bool:
    if piece[0] in "+*/^)," or (piece[0] == "-" and not _OPERATOR.search(piece)):
        return True
    open_end = previous[-1] in "+*/^(,-~=" or previous.count("(") > previous.count(")")
    return open_end and not _OPERATOR.search(piece)


def _read_statement(model: Model, line: int, statement: str) -> None:
    match = _OPERATOR.search(statement)
    op, left, right = match.group(), statement[: match.start()].strip(), statement[match.end() :].strip()
    if not left or not right:
        side = "left" if not left else "right"
        raise ModelSyntaxError(f"line {line}: {statement!r} has nothing to the {side} of {op}")
    if op == ":=":
        if not re.fullmatch(r"\.?[^\W\d][\w.]*", left):
            raise ModelSyntaxError(
                f"line {line}: {left!r} cannot name a defined parameter: expected one name before :="
            )
        model.definitions.append(Definition(left, parse_expression(right, line), line))
    elif op == "==":
        model.constraints.append(Constraint(parse_expression(left, line), parse_expression(right, line), line))
    elif op in ("=~", "~", "~~", "|", "~*~"):
        names = _read_left(left, line, statement)
        for term in (t for name in names for t in _read_right(name, op, right, line, statement)):
            _add_term(model, term, statement)
    else:
        raise ModelSyntaxError(f"line {line}: the operator {op} in {statement!r} is not offered: expected {_MEANING}")


def _read_left(left: str, line: int, statement: str) -> list[str]:
    tokens = _tokens(left, line, statement)
    names, signs = tokens[0::2], tokens[1::2]
    hint = _hint(tokens)
    if any(kind != "name" for kind, _ in names) or any(t != ("sign", "+") for t in signs) or len(tokens) % 2 == 0:
        raise ModelSyntaxError(
            f"line {line}: cannot read {left!r} in {statement!r}: expected variable names joined by '+'{hint}"
        )
    return [name for _, name in names]


def _read_right(lhs: str, op: str, right: str, line: int, statement: str) -> list[Term]:
    """The terms of ``lhs op right``; modifiers of a repeated term are merged into its first mention."""
    terms: dict[str, Term] = {}
    parts = _split(_tokens(right, line, statement), "+")
    for tokens in parts:
        if not tokens:
            where = "follows the last" if tokens is parts[-1] else "stands before a"
            raise ModelSyntaxError(f"line {line}: nothing {where} '+' in {statement!r}: expected a variable")
        term = _read_term(lhs, op, tokens, line, statement)
        known = terms.setdefault(term.rhs, term)
        if known is not term:
            if not (term.fixed or term.start or term.label):
                raise ModelSyntaxError(f"line {line}: {term.rhs!r} appears twice in {statement!r}")
            known.fixed, known.start = term.fixed or known.fixed, term.start or known.start
            known.label = term.label or known.label
    return list(terms.values())


def _read_term(lhs: str, op: str, tokens: list, line: int, statement: str) -> Term:
    stars = [k for k, token in enumerate(tokens) if token == ("sign", "*")]
    shorthand = [k for k, token in enumerate(tokens) if token == ("sign", "?")]
    cut = (stars or shorthand or [-1])[-1]
    modifier, target = tokens[: max(cut, 0)], tokens[cut + 1 :]
    shown = "".join(text for _, text in tokens)
    if len(target) != 1 or target[0][0] not in ("name", "number") or len(stars) + len(shorthand) > 1:
        raise ModelSyntaxError(
            f"line {line}: cannot read {shown!r} in {statement!r}: expected a variable, or one"
            f" modifier*variable (repeat the term for a second modifier: a*x + start(0.5)*x){_hint(target)}"
        )
    kind, name = target[0]
    term = Term(lhs, op, name, line)
    if kind == "number":
        if op != "~" or name not in ("0", "1"):
            raise ModelSyntaxError(
                f"line {line}: cannot read {shown!r} in {statement!r}: expected a variable"
                " (numbers stand before '*', and y ~ 1 is an intercept)"
            )
        term = Term(lhs, "~1", "", line, fixed=(0.0,) if name == "0" else ())
    if cut >= 0:
        if not modifier:
            raise ModelSyntaxError(f"line {line}: nothing stands before '*' in {shown!r} of {statement!r}")
        _modify(term, modifier, bool(shorthand), line, statement)
    return term


def _hint(tokens: list) -> str:
    """What to say where tokens look like one name with a space, a hyphen or a leading digit; else nothing."""
    kinds = [("sign", "-") if token == ("sign", "-") else token[0] for token in tokens]
    if "name" not in kinds or not set(kinds) <= {"name", "number", ("sign", "-")} or len(kinds) < 2:
        return ""
    return (
        "; a name consists of letters, digits, _ and . and does not begin with a digit: rename the column,"
        " or write the '+' that is missing"
    )


def _modify(term: Term, tokens: list, is_start: bool, line: int, statement: str) -> None:
    shown = "".join(text for _, text in tokens)
    kind, head = tokens[0]
    calls = len(tokens) > 2 and tokens[1] == ("sign", "(") and tokens[-1] == ("sign", ")")
    if kind == "name" and calls and head in ("c", "start", "label"):
        inner = tokens[2:-1]
        if head != "c" and inner[:2] == [("name", "c"), ("sign", "(")]:
            inner = inner[2:-1]
        values = [_value(part) for part in _split(inner, ",")]
    else:
        head, values = "", [_value(tokens)]
    texts = any(isinstance(v, str) for v in values)
    is_start = is_start or head == "start"
    readable = None not in values and not (texts and is_start)
    if not readable or (head == "label" and not texts):
        raise ModelSyntaxError(
            f"line {line}: cannot read the modifier {shown!r} in {statement!r}: expected a number, NA, a"
            ' label, start(number), label("text") or c(one for each group)'
        )
    if texts and not all(isinstance(v, str) for v in values):
        raise ModelSyntaxError(
            f"line {line}: {shown} in {statement!r} mixes numbers (or NA) and labels: write two modifiers, such as"
            f" c(1, NA)*{term.rhs or 1} + c(b1, b2)*{term.rhs or 1}"
        )
    if is_start:
        term.start = tuple(values)
    elif texts:
        term.label = tuple(values)
    else:
        term.fixed = tuple(values)


def _value(tokens: list) -> float | str | None:
    """A number, NaN for NA, a label as text, or None when unreadable."""
    if len(tokens) > 2 and tokens[0] == ("sign", "(") and tokens[-1] == ("sign", ")"):
        tokens = tokens[1:-1]
    sign = 1.0
    while len(tokens) > 1 and tokens[0] in (("sign", "-"), ("sign", "+")):
        sign = -sign if tokens[0][1] == "-" else sign
        tokens = tokens[1:]
    if len(tokens) != 1:
        return None
    kind, text = tokens[0]
    if kind == "number":
        return sign * float(text)
    if kind == "name":
        return math.nan if text == "NA" else text
    return text[1:-1] if kind == "text" else None


def _add_term(model: Model, term: Term, statement: str) -> None:
    if term.op == "=~" and term.lhs == term.rhs:
        raise ModelSyntaxError(f"line {term.line}: {term.lhs!r} cannot be measured by itself")
    if term.op == "~" and term.lhs == term.rhs:
        raise ModelSyntaxError(f"line {term.line}: {term.lhs!r} cannot be regressed on itself")
    if term.op == "|" and not re.fullmatch(r"t[1-9]\d*", term.rhs):
        raise ModelSyntaxError(f"line {term.line}: {term.rhs!r} is no threshold: expected t1, t2, ... after |")
    if term.op == "~*~" and term.lhs != term.rhs:
        raise ModelSyntaxError(f"line {term.line}: a scale belongs to one variable: expected {term.lhs} ~*~ {term.lhs}")
    key = (term.op, *(sorted((term.lhs, term.rhs)) if term.op == "~~" else (term.lhs, term.rhs)))
    known = model.index.setdefault(key, term)
    if known is not term:
        raise ModelSyntaxError(
            f"line {term.line}: {statement!r} repeats {known.lhs} {known.op} {known.rhs} of line {known.line}"
        )
    model.terms.append(term)


def _tokens(text: str, line: int, statement: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ModelSyntaxError(
                f"line {line}: unexpected character {text[position]!r} in {statement!r}:"
                " expected names, numbers, '+' and '*' (a product of variables must be a column of the data)"
            )
        if match.lastgroup != "space":
            tokens.append((match.lastgroup, match.group()))
        position = match.end()
    return tokens


def _split(tokens: list, separator: str) -> list[list]:
    """Cut a token list at a sign that stands outside brackets."""
    parts, depth = [[]], 0
    for token in tokens:
        depth += (token == ("sign", "(")) - (token == ("sign", ")"))
        if token == ("sign", separator) and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
