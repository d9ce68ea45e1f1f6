"""One rule gives every verdict; on data made from known effects it finds them, their sign and their absence."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.evidence.verdicts import NUMBERS, SOURCES, Answer, decide, judge, verdict_methods, verdicts
from analysis.regression.groups import regression_groups
from analysis.regression.hierarchical import hierarchical
from analysis.regression.mediation import mediation
from analysis.structure import structural
from analysis.study import Hypothesis, load
from analysis.study.types import Verdicts
from analysis.survey.waves import scores

WORDS = ("supported", "not supported", "opposite", "mixed", "not testable")
SIZE = {"est": 0.3, "std": 0.2, "se": 0.1, "ci_lower": 0.1, "ci_upper": 0.5, "std_ci_lower": 0.05, "std_ci_upper": 0.4}


def ruled(study, **changed):
    """The study with another rule of verdicts."""
    return study.model_copy(update={"verdicts": Verdicts(**changed)})


def found(est: float, p: float, note: str = "") -> Answer:
    return Answer("path", dict.fromkeys(NUMBERS, np.nan) | {"est": est, "pvalue": p}, note)


# --- The rule of one method ---


@pytest.mark.parametrize(
    ("est", "p", "expect", "says", "reason"),
    [
        (0.3, 0.04, "positive", "supported", "p is below 0.05 and the sign is positive"),
        (-0.3, 0.04, "negative", "supported", "p is below 0.05 and the sign is negative"),
        (-0.3, 0.04, "either", "supported", "p is below 0.05 and the sign is negative"),
        (-0.3, 0.04, "positive", "opposite", "p is below 0.05, but the sign is negative"),
        (0.3, 0.04, "negative", "opposite", "p is below 0.05, but the sign is positive"),
        (0.3, 0.05, "positive", "not supported", "p is not below 0.05"),
        (-0.3, 0.6, "positive", "not supported", "p is not below 0.05"),
        (0.3, np.nan, "positive", "not testable", "the effect cannot be estimated from these data"),
    ],
)
def test_the_rule(small, est, p, expect, says, reason):
    hypothesis = Hypothesis(path="a -> b", expect=expect)
    assert judge(found(est, p), p, hypothesis, load(small)) == (says, reason)


def test_a_reason_names_what_the_estimation_noted(small):
    hypothesis = Hypothesis(path="a -> b", expect="positive")
    assert judge(found(np.nan, np.nan, "nobody answered"), np.nan, hypothesis, load(small))[1] == "nobody answered"
    assert judge(found(1, 0.9, "left out: x"), 0.9, hypothesis, load(small))[1] == "p is not below 0.05 (left out: x)"


def test_the_significance_level_is_that_of_the_study(small):
    hypothesis = Hypothesis(path="a -> b", expect="positive")
    for level, p, says in ((0.01, 0.04, "not supported"), (0.1, 0.06, "supported")):
        assert judge(found(1, p), p, hypothesis, load(small).model_copy(update={"significance": level}))[0] == says


def test_the_word_rests_on_the_corrected_p(small):
    study = ruled(load(small), correction="holm")
    hypothesis = Hypothesis(path="a -> b", expect="positive")
    assert judge(found(1, 0.01), 0.06, hypothesis, study) == (
        "not supported",
        "p corrected by Holm is not below 0.05",
    )
    study = ruled(load(small), correction="bh")
    assert judge(found(1, 0.01), 0.02, hypothesis, study)[1].startswith("p corrected by Benjamini & Hochberg is below")


# --- Differences by several attributes ---


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"a": 0.01}, "supported"),
        ({"a": 0.2}, "not supported"),
        ({"a": 0.01, "b": 0.02}, "supported"),
        ({"a": 0.01, "b": 0.6}, "mixed"),
        ({"a": 0.2, "b": 0.6}, "not supported"),
        ({"a": 0.01, "b": np.nan}, "supported"),
        ({"a": np.nan, "b": np.nan}, "not testable"),
    ],
)
def test_a_difference_by_several_attributes(small, parts, says):
    p = np.fmin.reduce(list(parts.values()))
    notes = {a: "too few" if np.isnan(p) else "" for a, p in parts.items()}
    answer = Answer("equal paths", found(np.nan, p).numbers, parts=parts, notes=notes)
    word, reason = judge(answer, p, Hypothesis(differ_by=tuple(parts)), load(small))
    assert word == says
    words = {a: "too few" if np.isnan(p) else f"p is {'' if p < 0.05 else 'not '}below 0.05" for a, p in parts.items()}
    assert reason == ", ".join(f"{a}: {text}" for a, text in words.items())


def test_a_correction_multiplies_the_p_of_all_attributes_alike(small):
    answer = Answer("equal paths", found(np.nan, 0.01).numbers, parts={"a": 0.01, "b": 0.03}, notes={"a": "", "b": ""})
    hypothesis = Hypothesis(differ_by=("a", "b"))
    assert [judge(answer, p, hypothesis, load(small))[0] for p in (0.01, 0.02, 0.06)] == [
        *("supported", "mixed", "not supported")
    ]


# --- The methods together ---


def heard(*words: str, signs: tuple[str, ...] = ("positive", "positive")) -> tuple[str, str]:
    names = ["structural model", "regression"][: len(words)]
    rows = {"says": words, "sign": signs[: len(words)], "reason": [f"because {w}" for w in words]}
    return decide(pd.DataFrame(rows, index=names))


@pytest.mark.parametrize(("one", "other"), list(product(WORDS, WORDS)))
def test_methods_that_agree_decide_and_others_make_it_mixed(one, other):
    verdict, reason = heard(one, other)
    if one == other:
        assert (verdict, reason) == (one, f"because {one}")
        return
    answered = [word for word in (one, other) if word != "not testable"]
    assert verdict == (answered[0] if len(answered) == 1 else "mixed")
    assert reason == f"structural model: because {one}; regression: because {other}"


@pytest.mark.parametrize("word", WORDS)
def test_a_method_that_decides_alone_is_the_verdict(word):
    assert heard(word) == (word, f"because {word}")


def test_significant_effects_of_opposite_signs_are_no_agreement():
    assert heard("supported", "supported", signs=("positive", "negative"))[0] == "mixed"
    assert heard("not supported", "not supported", signs=("positive", "negative"))[0] == "not supported"


# --- Where the numbers come from ---


def empty() -> dict[str, pd.DataFrame]:
    return {name: pd.DataFrame(columns=list(results.TABLES[name].columns)) for name in SOURCES}


def filled(name: str, *rows: dict) -> pd.DataFrame:
    """A tidy table with some cells given, numbers of its own in the others."""
    columns = results.TABLES[name].columns
    usual = {c: SIZE.get(c, 7.0) if kind is float else "" if kind is str else 3 for c, (kind, _) in columns.items()}
    return pd.DataFrame([usual | row for row in rows], columns=list(columns))


EVERY_KIND = """
  H1: {path: stress -> output, expect: negative}
  H2: {path: stress -> mood -> output, expect: negative}
  H3: {path: support -> mood, expect: positive}
  H4: {path: stress -> output, moderated_by: support, expect: positive}
  H5: {differ_by: region}
  H6: {path: support -> mood -> output, moderated_by: stress, stage: second}
  H7: {path: support -> mood -> output, moderated_by: stress, stage: both}
"""


@pytest.fixture
def every(edit, small):
    """The small study with a hypothesis of every kind."""
    text = small.read_text(encoding="utf-8")
    edit(text[text.index("hypotheses:") : text.index("questions:")], f"hypotheses:{EVERY_KIND}\n")
    return load(small)


def estimates() -> dict[str, pd.DataFrame]:
    """Tables as the stages write them: the row that a hypothesis needs, with numbers of its own, among others."""
    path = {"estimator": "MLR", "op": "~"}
    groups = {"grouping": "region", "outcome": "", "predictor": ""}
    product_ = {"outcome": "output", "term": "stress:support"}
    return {
        "structural_parameters": filled(
            "structural_parameters",
            path | {"lhs": "output", "rhs": "stress", "est": -0.5, "z": -5, "pvalue": 0.001, "std_all": -0.45},
            path | {"estimator": "ML", "lhs": "output", "rhs": "stress"},
            path | {"lhs": "mo1", "rhs": "support", "est": 0.2, "pvalue": 0.3},
            path | {"lhs": "output", "rhs": "age"},
        ),
        "structural_notes": filled(
            "structural_notes",
            *({"estimator": e, "kind": k} for e, k in (("ML", "NotConverged"), ("MLR", "ImproperSolution"))),
            {"estimator": "MLR", "kind": "MissingValues"},
        ),
        "structural_effects": filled(
            "structural_effects",
            {"effect": "indirect", "path": "stress -> mood -> output", "est": 0.11, "pvalue": 0.01},
            {"effect": "total", "path": "stress -> output"},
        ),
        "latent_moderation": filled(
            "latent_moderation",
            {"hypothesis": "H4", "effect": "interaction", "est": 0.41, "z": 4, "pvalue": 0.02},
            {"hypothesis": "H6", "effect": "interaction"},
            {"hypothesis": "H6", "effect": "index", "est": -0.61, "z": -6, "pvalue": 0.03},
            {"hypothesis": "H7", "effect": "index", "est": np.nan, "pvalue": np.nan, "note": "no straight line"},
        ),
        "group_differences": filled(
            "group_differences",
            groups | {"chisq": 51, "pvalue": 0.004},
            groups | {"outcome": "output", "predictor": "stress"},
        ),
        "regressions": filled(
            "regressions",
            *(
                {"outcome": "output", "model": m, "block": b, "term": "stress", "b": -0.1 * m, "pvalue": 0.02}
                for m, b in ((2, "antecedents"), (3, "mediators"), (4, "interactions"))
            ),
            {"outcome": "mood", "model": 2, "block": "antecedents", "term": "support", "b": 0.3, "pvalue": 0.04},
            product_ | {"model": 4, "block": "interactions", "b": 0.42, "beta": 0.21, "t": 2, "pvalue": 0.6},
            product_ | {"outcome": "mood", "model": 3, "block": "interactions"},
        ),
        "regression_fit": filled("regression_fit", {"outcome": "output"}),
        "regression_effects": filled(
            "regression_effects",
            {"effect": "indirect", "path": "stress -> mood -> output", "est": 0.12, "pvalue": 0.03},
        ),
        "conditional_effects": filled(
            "conditional_effects",
            {"hypothesis": "H6", "effect": "index", "est": -0.62, "pvalue": 0.2},
            {"hypothesis": "H6", "effect": "contrast"},
            {"hypothesis": "H7", "effect": "contrast", "est": 0.72, "pvalue": 0.01},
        ),
        "regression_groups": filled(
            "regression_groups",
            *(
                {"grouping": "region", "outcome": o, "f": f, "pvalue": p}
                for o, f, p in (("mood", 1, 0.9), ("output", 5, 0.01))
            ),
            {"grouping": "region", "outcome": "output", "term": "stress"},
        ),
    }


def test_each_method_takes_its_own_row_for_every_kind_of_hypothesis(every):
    told = verdict_methods(estimates(), every).set_index(["method", "hypothesis"])
    model, scored = told.loc["structural model"], told.loc["regression"]
    assert model["est"].to_list()[:4] == [-0.5, 0.11, 0.2, 0.41] and model.loc["H6", "est"] == -0.61
    assert scored["est"].to_list()[:4] == pytest.approx([-0.3, 0.12, 0.3, 0.42])
    assert scored["est"].to_list()[5:] == [-0.62, 0.72]
    assert told["est"].isna().sum() == 3  # of H5 by both, of H7 by the structural model
    assert model["statistic"].to_list()[:1] == [-5] and model.loc[["H4", "H5", "H6"], "statistic"].to_list() == [
        4,
        51,
        -6,
    ]
    assert scored.loc["H4", "statistic"] == 2
    assert told.loc[[("structural model", "H2"), ("regression", "H6")], "statistic"].isna().all()
    assert model["says"].to_list() == [
        *("supported", "opposite", "not supported", "supported", "supported", "supported", "not testable")
    ]
    assert scored["says"].to_list() == [
        *("supported", "opposite", "supported", "not supported", "supported", "not supported", "supported")
    ]
    assert scored.loc["H5", "pvalue"] == pytest.approx(0.02)  # two outcomes
    assert model.loc["H7", "reason"] == "no straight line"
    assert model.loc["H1", ["std", "std_ci_lower", "std_ci_upper"]].to_list() == [-0.45, 0.05, 0.4]
    assert scored.loc["H4", ["std", "std_ci_lower", "std_ci_upper"]].to_list() == pytest.approx([0.21, 0.05, 0.25])
    assert model["caveat"].to_list() == [*["ImproperSolution"] * 3, *[""] * 4]
    assert set(scored["caveat"]) == {""}
    assert model["sign"].to_list() == ["negative", "positive", "positive", "positive", "", "negative", ""]


def test_the_verdicts_say_who_decided_and_carry_the_first_answer(every, tmp_path):
    methods = verdict_methods(estimates(), every)
    table = verdicts(methods, every)
    for name, made in (("verdict_methods", methods), ("verdicts", table)):
        results.write(name, made, tmp_path / f"{name}.csv")
    pd.testing.assert_frame_equal(
        verdicts(results.read("verdict_methods", tmp_path / "verdict_methods.csv"), every), table
    )
    table = table.set_index("hypothesis")
    assert table["verdict"].to_list() == [
        *("supported", "opposite", "mixed", "mixed", "supported", "mixed", "supported")
    ]
    assert table["method"].to_list() == [*["structural model"] * 6, "regression"]
    numbers = ["est", "std", "statistic", "se", "pvalue", "ci_lower", "ci_upper"]
    assert table.loc["H1", numbers].to_list() == [-0.5, -0.45, -5, 0.1, 0.001, 0.1, 0.5]
    assert table.loc["H7", "est"] == 0.72
    assert table.loc["H3", "says"] == "structural model: not supported; regression: supported"
    assert table.loc["H3", "reason"] == (
        "structural model: p is not below 0.05; regression: p is below 0.05 and the sign is positive"
    )
    assert table.loc["H7", "reason"].startswith("structural model: no straight line; regression: p is below")
    assert table.loc["H5", "reason"] == "region: p is below 0.05"
    assert table["kind"].to_list()[3:] == ["moderation", "group difference", *["moderated mediation"] * 2]
    assert table["path"].to_list()[1:5] == ["stress -> mood -> output", "support -> mood", "stress -> output", "region"]
    assert table["moderator"].to_list() == ["", "", "", "support", "", "stress", "stress"]
    assert table.loc["H1", "caveat"] == "ImproperSolution"


def test_only_the_methods_named_decide_and_the_others_still_speak(every):
    only = ruled(every, decided_by=("regression",))
    table = verdicts(verdict_methods(estimates(), only), only).set_index("hypothesis")
    assert set(table["method"]) == {"regression"} and table.loc["H3", "est"] == 0.3
    assert table.loc["H3", "verdict"] == "supported"
    assert table.loc["H3", "says"] == "structural model: not supported; regression: supported"
    assert set(table["caveat"]) == {""}
    other = ruled(every, decided_by=("regression", "structural model"))
    assert verdicts(verdict_methods(estimates(), other), other).set_index("hypothesis").loc[
        "H1", "est"
    ] == pytest.approx(-0.3)


def test_a_correction_counts_the_hypotheses_that_the_method_speaks_to(every):
    """The structural model has six p: .001, .01, .3, .02, .004, .03; that of H7 is missing."""
    told = verdict_methods(estimates(), ruled(every, correction="holm"))
    told = told[told["method"] == "structural model"].set_index("hypothesis")
    assert told["pvalue_holm"].to_list()[:6] == pytest.approx([0.006, 0.04, 0.3, 0.06, 0.02, 0.06])
    assert told["pvalue_bh"].to_list()[:6] == pytest.approx([0.006, 0.02, 0.3, 0.03, 0.012, 0.036])
    assert told["says"].to_list()[:6] == [
        *("supported", "opposite", "not supported", "not supported", "supported", "not supported")
    ]
    by_bh = verdict_methods(estimates(), ruled(every, correction="bh")).set_index(["method", "hypothesis"])
    assert by_bh.loc[("structural model", "H4"), "says"] == "supported"


def test_tables_without_rows_leave_nothing_testable_and_say_why(every, tmp_path):
    tables = empty() | {"structural_notes": estimates()["structural_notes"]}
    methods = verdict_methods(tables, every)
    table = verdicts(methods, every)
    results.write("verdicts", table, tmp_path / "verdicts.csv")
    assert set(methods["says"]) == {"not testable"} == set(table["verdict"])
    assert set(table["method"]) == {""}
    assert set(table["reason"]) == {
        "no estimate of this effect was possible",
        "region: no test of this difference was possible",
    }
    assert table[[*NUMBERS, "pvalue_holm", "pvalue_bh"]].isna().all(axis=None)
    assert table.loc[0, "caveat"] == "ImproperSolution"


def test_why_there_is_no_estimate_is_told_in_the_words_of_the_tables(every):
    tables = estimates()
    tables["structural_parameters"] = tables["structural_parameters"].head(0)
    lost = "support and its paths were left out: nobody answered ho1"
    tables["structural_notes"] = filled("structural_notes", {"estimator": "MLR", "kind": "NotEstimated", "note": lost})
    tables["regressions"] = tables["regressions"].assign(pvalue=np.nan, b=np.nan)
    tables["regression_fit"] = filled("regression_fit", {"outcome": "output", "note": "8 respondents are too few"})
    groups = {"outcome": "", "predictor": "", "grouping": "region", "pvalue": np.nan, "basis": "too few rows"}
    tables["group_differences"] = filled("group_differences", groups)
    told = verdict_methods(tables, every).set_index(["method", "hypothesis"])["reason"]
    assert told["structural model", "H1"] == lost
    assert told["regression", "H1"] == told["regression", "H4"] == "8 respondents are too few"
    assert told["structural model", "H5"] == "region: too few rows"
    tables["group_differences"] = filled("group_differences", groups | {"pvalue": 0.2, "basis": "loadings differ"})
    told = verdict_methods(tables, every).set_index(["method", "hypothesis"])["reason"]
    assert told["structural model", "H5"] == "region: p is not below 0.05 (loadings differ)"


def told_of(tables, study) -> pd.DataFrame:
    """What each method says, by method and hypothesis."""
    return verdict_methods(tables, study).set_index(["method", "hypothesis"])


@pytest.mark.parametrize("attribute_of", ["metric", "second-order metric"])
def test_groups_whose_loadings_are_known_to_differ_cannot_be_compared(every, attribute_of):
    together = {"grouping": "region", "outcome": "", "predictor": "", "chisq": 51, "pvalue": 0.004}
    unknown = f"not comparable: {attribute_of} invariance cannot be judged"
    told = told_of(
        estimates() | {"group_differences": filled("group_differences", together | {"basis": unknown})}, every
    )
    row = told.loc["structural model", "H5"]
    assert (row["says"], row["pvalue"], row["statistic"]) == ("supported", 0.004, 51)
    assert row["reason"] == f"region: p is below 0.05 ({unknown})"
    unequal = f"not comparable: {attribute_of} invariance does not hold"
    told = told_of(
        estimates() | {"group_differences": filled("group_differences", together | {"basis": unequal})}, every
    )
    row = told.loc["structural model", "H5"]
    assert (row["says"], row["reason"]) == ("not testable", f"region: {unequal}")
    assert np.isnan(row["pvalue"]) and np.isnan(row["statistic"])


def test_an_attribute_whose_groups_cannot_be_compared_leaves_the_word_to_the_other(every):
    asked = every.model_copy(update={"hypotheses": every.hypotheses | {"H5": Hypothesis(differ_by=("region", "size"))}})
    together = {"outcome": "", "predictor": "", "chisq": 51}
    rows = (
        together | {"grouping": "region", "pvalue": 0.001, "basis": "not comparable: metric invariance does not hold"},
        together | {"grouping": "size", "pvalue": 0.04, "basis": "metric"},
    )
    row = told_of(estimates() | {"group_differences": filled("group_differences", *rows)}, asked)
    row = row.loc["structural model", "H5"]
    assert (row["says"], row["pvalue"]) == ("supported", 0.04)  # not doubled: it is the only test
    assert row["reason"] == "region: not comparable: metric invariance does not hold, size: p is below 0.05"


def test_estimates_of_a_search_that_did_not_converge_are_not_shown(every):
    tables = estimates()
    tables["structural_parameters"] = tables["structural_parameters"].assign(pvalue=np.nan, se=np.nan, z=np.nan)
    said = "the model did not converge"
    kinds = ("NotConverged", said), ("ImproperSolution", "a negative variance")
    tables["structural_notes"] = filled(
        "structural_notes", *({"estimator": "MLR", "kind": kind, "note": note} for kind, note in kinds)
    )
    told = told_of(tables, every)
    for name in ("H1", "H3"):
        row = told.loc["structural model", name]
        assert (row["says"], row["reason"], row["sign"]) == ("not testable", said, "")
        assert row[list(NUMBERS)].isna().all()


def test_a_bootstrap_of_which_too_few_draws_succeeded_says_so(every):
    row = {"effect": "indirect", "path": "stress -> mood -> output", "est": 0.11, "pvalue": np.nan}
    told = told_of(estimates() | {"structural_effects": filled("structural_effects", row)}, every)
    assert told.loc[("structural model", "H2"), "reason"] == "too few draws of the bootstrap gave a value"


def test_what_a_regression_warns_of_and_its_errors_stand_with_its_answer(every):
    """The note of the model used alone: H1 rests on the third, H4 on the fourth."""
    fit = {"outcome": "output", "errors": "cluster: firm"}
    few = "8 clusters are few"
    tables = estimates() | {
        "regression_fit": filled(
            "regression_fit", fit | {"model": 2, "note": "another"}, fit | {"model": 3, "note": few}, fit | {"model": 4}
        )
    }
    told = told_of(tables, every)
    assert told.loc[("regression", "H1"), "reason"] == f"p is below 0.05 and the sign is negative ({few})"
    assert told.loc[("regression", "H4"), "reason"] == "p is not below 0.05"
    assert told.loc[("regression", "H1"), "estimate"] == "coefficient, cluster: firm errors"
    assert told.loc[("regression", "H4"), "estimate"] == "product term, cluster: firm errors"


def test_the_expected_sign_turns_supported_into_opposite_and_nothing_else(every):
    """Over random estimates: a changed `expect` swaps these two words, whatever the rule, and changes no number."""
    rng = np.random.default_rng(5)
    turned = {"supported": "opposite", "opposite": "supported"}
    seen = set()
    for _ in range(60):
        tables = estimates()
        for name, table in tables.items():
            p, est = rng.choice([1e-4, 0.02, 0.04, 0.2, 0.7, np.nan], len(table)), rng.choice([-0.4, 0.4], len(table))
            own = {c: v for c, v in (("pvalue", p), ("est", est), ("b", est)) if c in table}
            tables[name] = table.assign(**own)
        study = ruled(every, correction=rng.choice(["none", "holm", "bh"]))
        answers = {}
        for expect in ("positive", "negative", "either"):
            hypotheses = {
                n: h if h.differ_by else h.model_copy(update={"expect": expect}) for n, h in study.hypotheses.items()
            }
            asked = study.model_copy(update={"hypotheses": hypotheses})
            methods = verdict_methods(tables, asked)
            answers[expect] = methods, verdicts(methods, asked)
        for column, k in (("says", 0), ("verdict", 1)):
            kind = answers["positive"][1].set_index("hypothesis")["kind"]
            for expect in ("negative", "either"):
                for one, other in zip(
                    answers["positive"][k].itertuples(), answers[expect][k].itertuples(), strict=True
                ):
                    before, after = getattr(one, column), getattr(other, column)
                    seen.add(before)
                    if kind[one.hypothesis] == "group difference":
                        assert after == before
                    elif expect == "negative":
                        assert after == turned.get(before, before)
                    else:
                        assert after == {"opposite": "supported"}.get(before, before)
            numbers = [c for c in answers["positive"][k] if c in (*NUMBERS, "pvalue_holm", "pvalue_bh", "sign")]
            pd.testing.assert_frame_equal(answers["positive"][k][numbers], answers["negative"][k][numbers])
    assert seen == set(WORDS)


# --- On data ---


def made(study, interaction: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """600 respondents: stress -> mood -.5, support -> mood 0, stress -> output +.4, mood -> output +.5, a product."""
    rng = np.random.default_rng(44)
    n = 600
    stress, support = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], n).T
    mood = -0.5 * stress + rng.normal(0, 0.8, n)
    output = 0.4 * stress + 0.5 * mood + 0.2 * support + interaction * stress * support + rng.normal(0, 0.7, n)
    home, office = (0.8 * support + rng.normal(0, 0.6, n) for _ in range(2))
    factors = {"st": stress, "ho": home, "of": office, "ou": output}
    items = {i: factors[i[:2]] + rng.normal(0, 0.5, n) for i in study.items if i != "mo1"}
    respondents = pd.DataFrame({**items, "mo1": mood}).reset_index(names="respondent")
    respondents = respondents.assign(
        respondent=respondents["respondent"].astype(str), wave="first", region=rng.integers(1, 4, n) * 1.0
    )
    controls = respondents[["respondent", "wave"]].assign(
        age=rng.normal(40, 9, n),
        region_2=(respondents["region"] == 2) * 1.0,
        region_3=(respondents["region"] == 3) * 1.0,
        wave_second=rng.integers(0, 2, n) * 1.0,
    )
    return respondents, controls


@pytest.mark.parametrize(
    ("interaction", "expected"), [(0.25, "supported"), (-0.25, "opposite"), (0.0, "not supported")]
)
def test_known_effects_are_found_with_their_sign_and_their_absence(small, interaction, expected):
    study = load(small).model_copy(update={"draws": 200})
    respondents, controls = made(study, interaction)
    data, reduced, usable, left_out = structural.prepare(respondents, controls, study)
    fits, why_not = structural.estimate(data, reduced, usable, ("MLR",))
    scored = scores(respondents, study)
    terms, fit = hierarchical(scored, controls, respondents, study)
    tables = empty() | {
        "structural_parameters": structural.parameters(fits),
        "structural_notes": structural.notes(fits, why_not, study, usable, left_out),
        "regressions": terms,
        "regression_fit": fit,
        "regression_effects": mediation(scored, controls, study),
        "regression_groups": regression_groups(scored, controls, respondents, study),
    }
    table = verdicts(verdict_methods(tables, study), study).set_index("hypothesis")
    assert table["verdict"].to_dict() == {
        "H1": "opposite",  # expected negative, made positive
        "H2": "supported",  # -.5 times +.5
        "H3": "not supported",  # made without effect
        "H4": expected,
        "H5": "not supported",  # the same in all regions
    }
    assert table["method"].to_list() == ["structural model", "regression", "structural model", *["regression"] * 2]
    assert table.loc["H2", "est"] == pytest.approx(-0.25, abs=0.08)
    assert table.loc["H2", "ci_lower"] < -0.25 < table.loc["H2", "ci_upper"]
    assert table.loc["H4", "ci_lower"] < interaction < table.loc["H4", "ci_upper"]
