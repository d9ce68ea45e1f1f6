"""Reading lavaan's model syntax."""

import math

import pytest

from analysis.sem.errors import ModelSyntaxError, SemError
from analysis.sem.syntax import parse


def relations(text: str) -> list[tuple[str, str, str]]:
    return [(t.lhs, t.op, t.rhs) for t in parse(text).terms]


def test_comments_semicolons_and_continued_lines():
    text = """
    # a comment
    f =~ x1 +   # the marker
         x2     ! another comment
         + x3; y ~ f
    g =~
      x4 + x5
    total := a +
             b*(c
             - 1)
    y ~ a*x1 + b*x2 + c*x3
    """
    assert relations(text)[:6] == [
        *(("f", "=~", "x1"), ("f", "=~", "x2"), ("f", "=~", "x3")),
        *(("y", "~", "f"), ("g", "=~", "x4"), ("g", "=~", "x5")),
    ]
    assert parse(text).definitions[0].expression.text == "a+b*(c-1)"


def test_several_names_on_both_sides():
    assert relations("x + y ~ z + w") == [("x", "~", "z"), ("x", "~", "w"), ("y", "~", "z"), ("y", "~", "w")]
    assert relations("a ~~ b + c") == [("a", "~~", "b"), ("a", "~~", "c")]


def test_names_in_any_script():
    assert relations("转型绩效 =~ 绩效_1 + 绩效.2\n韧性 ~ 转型绩效 + Größe") == [
        ("转型绩效", "=~", "绩效_1"),
        ("转型绩效", "=~", "绩效.2"),
        ("韧性", "~", "转型绩效"),
        ("韧性", "~", "Größe"),
    ]


def test_full_width_characters_in_comments_and_labels_and_a_byte_order_mark_are_no_matter():
    (term,) = parse('\ufefff =~ label("甲＋乙")*x1  # 标记＝一').terms
    assert (term.lhs, term.label) == ("f", ("甲＋乙",))


def test_intercepts():
    free, zero, fixed, labelled = parse("y ~ 1\nz ~ 0\nv ~ 2.5*1\nw ~ m*1").terms
    assert {t.op for t in (free, zero, fixed, labelled)} == {"~1"}
    assert (free.fixed, zero.fixed, fixed.fixed, labelled.label) == ((), (0.0,), (2.5,), ("m",))


def test_modifiers():
    terms = {t.rhs: t for t in parse('f =~ 1*x1 + -.5*x2 + NA*x3 + start(0.7)*x4 + a.b*x5 + label("k")*x6').terms}
    assert terms["x1"].fixed == (1.0,)
    assert terms["x2"].fixed == (-0.5,)
    assert math.isnan(terms["x3"].fixed[0])
    assert terms["x4"].start == (0.7,)
    assert terms["x5"].label == ("a.b",)
    assert terms["x6"].label == ("k",)
    assert parse("y ~ 0.5?x").terms[0].start == (0.5,)
    assert parse("y ~ (-1e-2)*x").terms[0].fixed == (-0.01,)


def test_a_repeated_term_adds_a_modifier():
    (term,) = parse("y ~ a*x + NA*x + start(2)*x").terms
    assert (term.label, term.start) == (("a",), (2.0,))
    assert math.isnan(term.fixed[0])


def test_one_modifier_for_each_group():
    term = parse("f =~ c(1, NA)*x1 + c(a, b)*x2 + start(c(.1, .2))*x3").terms
    assert term[0].fixed[0] == 1 and math.isnan(term[0].fixed[1])
    assert (term[1].label, term[2].start) == (("a", "b"), (0.1, 0.2))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["empty", "=~"]),
        ("# nothing\n", ["empty"]),
        ("ab := 2*3", ["empty"]),
        ("f x1 + x2", ["line 1", "no operator"]),
        ("f =~ x1 + x2\n\nx3", ["line 3", "x3", "no operator"]),
        ("f =~ x1\ny ~", ["line 2", "right of ~"]),
        ("=~ x1", ["line 1", "left of =~"]),
        ("f =~ x1 x2", ["line 1", "x1x2"]),
        ("f =~ x1 +\ny ~ x", ["line 1", "expected a variable"]),
        ("f =~ x1 - x2", ["line 1", "x1-x2"]),
        ("f =~ a*b*x1", ["line 1", "one modifier"]),
        ("f =~ *x1", ["line 1", "before '*'"]),
        ("f =~ start(a)*x1", ["start(a)", "number"]),
        ('f =~ equal("f=~x2")*x1', ["equal", "modifier"]),
        ("2*f =~ x1", ["line 1", "2*f"]),
        ("f =~ 3", ["line 1", "numbers"]),
        ("y ~ x:z", ["':'", "product"]),
        ("y ~ x＋z", ["'＋' in 'y ~ x＋z'", "full-width: type '+'"]),
        ("f ＝~ x1", ["'＝'", "full-width: type '='"]),
        ("f =～ x1", ["'～'", "full-width: type '~'"]),
        ("y ~ a*x\nb := a＊2", ["line 2", "full-width: type '*'"]),
        ("f =~ c（1, NA）*x", ["full-width: type '('"]),
        ("f =~ x1 + x2 +", ["line 1", "nothing follows the last '+'"]),
        ("f =~ x1 + + x2", ["line 1", "nothing stands before a '+'"]),
        ("f =~ x1 + c(1, b)*x2", ["c(1,b)", "mixes numbers", "c(1, NA)*x2 + c(b1, b2)*x2"]),
        ("f =~ x1 + c(NA, b)*x2", ["c(NA,b)", "mixes numbers"]),
        ("y ~ c(a, NA)*1", ["c(a,NA)", "c(b1, b2)*1"]),
        (("f =~ x1", "f =~ x2"), ["must be text", "tuple"]),
        ("y | x1", ["x1", "expected t1, t2"]),
        ("f <~ x1", ["operator <~", "not offered"]),
        ("a > 0", ["operator >", "not offered"]),
        ("group: 1", ["operator :", "not offered"]),
        ("f =~ f + x1", ["measured by itself"]),
        ("y ~ y", ["regressed on itself"]),
        ("f =~ x1 + x1", ["x1", "twice"]),
        ("y ~ x\ny ~ x", ["line 2", "line 1"]),
        ("x ~~ y\ny ~~ x", ["line 2", "x ~~ y", "line 1"]),
        ("y ~ a*x\na b := a", ["line 2", "one name before :="]),
        ("y ~ a*x\nb := import(a)", ["line 2", "exp, log, sqrt, abs"]),
        ("y ~ a*x\nb := a +* 2", ["line 2", "expression"]),
        ("y ~ a*x\nb := 'a'", ["line 2", "expression"]),
        ("y ~ a*x\nb := a if a else a", ["line 2", "expression"]),
    ],
)
def test_errors_name_line_text_and_expectation(text, words):
    with pytest.raises(ModelSyntaxError) as caught:
        parse(text)
    assert isinstance(caught.value, SemError)
    assert all(word in str(caught.value) for word in words), str(caught.value)
