"""The parameter table: lavaan's defaults, fixed values, equalities."""

import math

import numpy as np
import pytest

from analysis.sem.errors import ModelSyntaxError
from analysis.sem.partable import build_table
from analysis.sem.syntax import parse


def table(text: str, **options):
    return build_table(parse(text), **options)


def rows(text: str, **options) -> dict[str, object]:
    """Fixed value, or "free", of every parameter in order."""
    found = {}
    for p in table(text, **options).parameters:
        found[p.name] = "free" if p.free else "sample" if p.exo else p.value
    return found


def test_cfa_defaults():
    assert rows("f =~ x1 + x2 + x3\ng =~ x4 + x5") == {
        **{"f=~x1": 1.0, "f=~x2": "free", "f=~x3": "free", "g=~x4": 1.0, "g=~x5": "free"},
        **{f"x{k}~~x{k}": "free" for k in range(1, 6)},
        **{"f~~f": "free", "g~~g": "free", "f~~g": "free"},
    }


def test_standardised_and_orthogonal_factors():
    found = rows("f =~ x1 + x2 + x3\ng =~ x4 + x5", std_lv=True, orthogonal=True)
    assert [found[k] for k in ("f=~x1", "f~~f", "g~~g", "f~~g")] == ["free", 1.0, 1.0, 0.0]


def test_outcomes_that_predict_nothing_covary():
    found = rows("f =~ x1 + x2\nf ~ w\ng =~ x3 + x4\ng ~ w\ny ~ w\nm ~ w\nz ~ m")
    assert {"f~~g", "f~~y", "f~~z", "g~~y", "g~~z", "y~~z"} <= set(found)
    assert not [name for name in found if name.startswith("m~~") and name != "m~~m"]


def test_exogenous_variables_are_fixed_unless_mentioned():
    fixed = rows("y ~ x + w", meanstructure=True)
    assert [fixed[k] for k in ("x~~x", "x~~w", "w~~w", "x~1", "w~1")] == ["sample"] * 5
    mentioned = rows("y ~ x + w\nx ~~ x")
    assert (mentioned["x~~x"], mentioned["w~~w"]) == ("free", "sample")
    assert "x~~w" not in mentioned


def test_single_indicators_and_intercepts():
    found = rows("f =~ x1\ng =~ x2\nx2 ~~ 0.3*x2\nf ~ g\nf ~ 1")
    assert (found["x1~~x1"], found["x2~~x2"]) == (0.0, 0.3)
    assert (found["f~1"], found["g~1"], found["x1~1"]) == ("free", 0.0, "free")


def test_covariances_are_named_latent_first():
    names = list(rows("f =~ x1 + x2 + x3\nx3 ~~ x1\nx2 ~~ f"))
    assert "x1~~x3" in names and "f~~x2" in names


def test_a_label_shared_with_a_fixed_parameter_fixes():
    found = rows("f =~ a*x1 + a*x2 + x3")
    assert (found["f=~x1"], found["f=~x2"], found["f=~x3"]) == (1.0, 1.0, "free")


def test_modifiers_for_groups():
    two = table("f =~ x1 + c(a, b)*x2 + c(0.5, NA)*x3", n_groups=2)
    chosen = {(p.rhs, p.group): p for p in two.parameters if p.op == "=~"}
    assert (chosen["x2", 1].label, chosen["x2", 2].label) == ("a", "b")
    assert chosen["x3", 1].value == 0.5 and chosen["x3", 2].free and math.isnan(chosen["x3", 2].value)
    with pytest.raises(ModelSyntaxError, match="2 values .* expected 1"):
        table("f =~ x1 + c(a, b)*x2")


def test_shared_labels_and_linear_constraints():
    equal = table("y ~ a*x1 + a*x2 + b*x3 + d*x4\nb == 2*a\nd == a + 1")
    z = np.linalg.lstsq(equal.basis, np.array([3.0, 3.0, 6.0, 4.0, 9.0]) - equal.shift, rcond=None)[0]
    assert equal.basis.shape == (5, 2)
    np.testing.assert_allclose(equal.shift + equal.basis @ z, [3, 3, 6, 4, 9])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("y ~ a*x\nb := a + bb", ["line 2", "'bb'"]),
        ("y ~ alpha*x\nb := alpa", ["line 2", "Did you mean 'alpha'"]),
        ("y ~ a*x\na := 2*a", ["line 2", "already names"]),
        ("y ~ a*x + b*w\na*b == 1", ["line 2", "linear"]),
        ("y ~ a*x\na == a", ["line 2", "linear"]),
        ("y ~ a*x\na == 1\na == 2", ["contradict"]),
        ("y ~ a*x\na == c", ["line 2", "'c'"]),
    ],
)
def test_errors(text, words):
    with pytest.raises(ModelSyntaxError) as caught:
        table(text)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_intercepts_need_a_mean_structure():
    with pytest.raises(ModelSyntaxError, match="line 2: the model has intercepts"):
        table("y ~ x\ny ~ 1", meanstructure=False)
