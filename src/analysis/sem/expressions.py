"""Arithmetic on labels (``ab := a*b``): an evaluator of numbers, names, + - * / ^ and four functions."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from .errors import ModelSyntaxError

_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: dict[str, Callable] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": lambda x: x * np.sign(np.real(x)),  # analytic away from 0, so that complex steps pass through
}
_LABEL = re.compile(r"(?<![\w.])\.?[^\W\d][\w.]*(?![\w.]|\()")


@dataclass(frozen=True)
class Expression:
    """A formula in labels: its text, the labels in order of appearance, and its syntax tree."""

    text: str
    labels: tuple[str, ...]
    tree: ast.expr

    def value(self, values: Mapping[str, complex]):
        """The value of the expression, given the value of each label."""
        numbers = {f"_{k}": values[label] for k, label in enumerate(self.labels)}
        with np.errstate(all="ignore"):
            return _evaluate(self.tree, numbers)

    def gradient(self, values: Mapping[str, float]) -> dict[str, float]:
        """The derivative for each label, by complex steps (exact to rounding; Squire & Trapp, 1998)."""
        step = 1e-30
        return {
            label: np.imag(self.value({**values, label: values[label] + 1j * step})) / step for label in self.labels
        }


def parse_expression(text: str, line: int) -> Expression:
    """Read an expression; ``^`` is a power, as in R. Raises ModelSyntaxError naming the line and the text."""
    labels = tuple(dict.fromkeys(_LABEL.findall(text)))
    python = _LABEL.sub(lambda m: f"_{labels.index(m.group())}", text).replace("^", "**")
    try:
        tree = ast.parse(python.strip(), mode="eval").body
    except SyntaxError:
        tree = None
    if tree is None or not all(_allowed(node) for node in ast.walk(tree)):
        raise ModelSyntaxError(
            f"line {line}: cannot read the expression {text.strip()!r}: expected labels and numbers joined by"
            f" + - * / ^, brackets, and {', '.join(_FUNCTIONS)} of one value"
        )
    return Expression("".join(text.split()), labels, tree)


def _allowed(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float)
    if isinstance(node, ast.BinOp):
        return type(node.op) in _BINARY
    if isinstance(node, ast.Call):
        called = node.func.id if isinstance(node.func, ast.Name) else None
        return called in _FUNCTIONS and len(node.args) == 1 and not node.keywords
    return isinstance(node, (ast.Name, ast.Load, ast.operator, ast.UnaryOp, ast.UAdd, ast.USub))


def _evaluate(tree: ast.expr, numbers: Mapping[str, complex]):
    if isinstance(tree, ast.Constant):
        return np.float64(tree.value)
    if isinstance(tree, ast.Name):
        return numbers[tree.id]
    if isinstance(tree, ast.UnaryOp):
        value = _evaluate(tree.operand, numbers)
        return -value if isinstance(tree.op, ast.USub) else value
    if isinstance(tree, ast.BinOp):
        return _BINARY[type(tree.op)](_evaluate(tree.left, numbers), _evaluate(tree.right, numbers))
    return _FUNCTIONS[tree.func.id](_evaluate(tree.args[0], numbers))
