"""The evaluator of defined parameters."""

import math

import pytest

from analysis.sem.errors import ModelSyntaxError
from analysis.sem.expressions import parse_expression


@pytest.mark.parametrize(
    ("text", "value", "slopes"),
    [
        ("a*b + 1", 7.0, {"a": 3.0, "b": 2.0}),
        ("a^2/b", 4 / 3, {"a": 4 / 3, "b": -4 / 9}),
        ("-(a - b)", 1.0, {"a": -1.0, "b": 1.0}),
        ("log(a) + exp(b - 3) + sqrt(a + 2)", math.log(2) + 3, {"a": 0.75, "b": 1.0}),
        ("abs(a - b)", 1.0, {"a": -1.0, "b": 1.0}),
        ("0.5*log((1 + a/4)/(1 - a/4))", math.atanh(0.5), {"a": 1 / 3}),
        ("1e-1*a", 0.2, {"a": 0.1}),
    ],
)
def test_value_and_gradient(text, value, slopes):
    expression = parse_expression(text, 1)
    values = {"a": 2.0, "b": 3.0}
    assert expression.value(values) == pytest.approx(value, rel=1e-14)
    assert expression.gradient(values) == pytest.approx(slopes, rel=1e-14)


def test_labels_that_python_would_not_allow():
    expression = parse_expression("lambda*b.1 + .x + 间接 + log", 1)
    assert expression.labels == ("lambda", "b.1", ".x", "间接", "log")
    assert expression.value(dict.fromkeys(expression.labels, 2.0)) == 10.0


@pytest.mark.parametrize(
    "text", ["a.b()", "a[0]", "__import__('os')", "log(a, 2)", "a and b", "True + 1j", "f(a)", "a ="]
)
def test_nothing_else_is_read(text):
    with pytest.raises(ModelSyntaxError, match="line 7"):
        parse_expression(text, 7)
