"""Data that cannot carry the structural model, or part of it, stop nothing: numbers stay empty, and it is said why."""

import logging
import warnings

import numpy as np
import pandas as pd
import pytest
from tests.structure.known_paths import CONSTRUCTS, answers, study

from analysis import results
from analysis.sem import several
from analysis.structure import lavaan_script, structural
from analysis.structure.dimensions import dimension_paths
from analysis.structure.effects import structural_effects
from analysis.structure.rivals import structural_rivals
from analysis.structure.second_opinions import agreement, second_opinions
from analysis.study import Study
from analysis.study.model import control_terms

SILENT = lavaan_script.Answer("lavaan: not asked", 0, pd.Series(dtype=float))


@pytest.fixture
def everything(tmp_path):
    """everything(respondents, controls, study): all tables of the room, as results.TABLES promises them."""

    def run(respondents: pd.DataFrame, controls: pd.DataFrame, whole: Study) -> dict[str, pd.DataFrame]:
        whole = whole.model_copy(update={"draws": 100})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tables = made(respondents, controls, whole)
        for name, table in tables.items():
            results.write(name, table, tmp_path / f"{name}.csv")
        return {name: results.read(name, tmp_path / f"{name}.csv") for name in tables}

    def made(respondents, controls, whole) -> dict[str, pd.DataFrame]:
        data, described, usable, left_out = structural.prepare(respondents, controls, whole)
        fits, why_not = structural.estimate(data, described, usable)
        tables = {
            "structural_parameters": structural.parameters(fits),
            "structural_fit": several.measures(fits),
            "structural_notes": structural.notes(
                fits, why_not, described, usable, left_out, structural.lost(data, described, usable)
            ),
            "structural_r2": structural.explained(fits, described),
            "structural_effects": structural_effects(fits.get("ML"), why_not.get("ML", ""), whole, left_out),
            "dimension_paths": dimension_paths(data, described, usable),
        }
        tables["structural_rivals"], tables["controls_out"] = structural_rivals(data, described, usable)
        first = (tables[f"structural_{name}"] for name in ("parameters", "fit", "notes"))
        tables["second_opinions"] = second_opinions(*first, data, described, usable, SILENT)
        tables["agreement"] = agreement(tables["second_opinions"])
        lavaan_script.write(data, described, usable, tmp_path / "model.R", tmp_path / "model.csv")
        return tables

    return run


def not_estimated(tables: dict[str, pd.DataFrame], estimator: str = "MLR") -> list[str]:
    notes = tables["structural_notes"]
    return notes[(notes["estimator"] == estimator) & (notes["kind"] == "NotEstimated")]["note"].to_list()


def estimators(tables: dict[str, pd.DataFrame]) -> list[str]:
    return list(tables["structural_parameters"]["estimator"].unique())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (dict.fromkeys(("e1", "e2", "e3"), np.nan), "nobody answered e1, e2, e3"),
        ({"e2": 3.0}, "all gave the same answer to e2"),
    ],
)
def test_a_construct_that_says_nothing_is_left_out_with_its_paths(everything, change, why):
    respondents, controls = answers(400)
    tables = everything(respondents.assign(**change), controls, study())
    assert estimators(tables) == list(structural.ESTIMATORS)
    assert not_estimated(tables) == [f"energy and its paths were left out: {why}"]
    paths = tables["structural_parameters"].query("estimator == 'MLR' and op == '~'")
    assert set(zip(paths["lhs"], paths["rhs"], strict=True)) == {
        *[("output", c) for c in ("demand", "support", "age")],
        *[("demand", "age"), ("support", "age")],
    }
    assert ":=" not in set(tables["structural_parameters"]["op"])
    effects = tables["structural_effects"].set_index(["effect", "path"])
    assert effects.loc[("direct", "demand -> output"), "est"] == pytest.approx(-0.4, abs=0.15)
    gone = effects.loc[("indirect", "demand -> energy -> output")]
    assert np.isnan(gone["est"]) and gone["note"] == f"energy was left out: {why}"
    assert (effects.loc["total", "note"] == f"energy was left out: {why}").all()
    assert list(tables["structural_rivals"]["model"]) == ["study", "correlated", "without controls"]


def test_an_outcome_that_says_nothing_leaves_the_mediator_explained(everything):
    respondents, controls = answers(400)
    tables = everything(respondents.assign(p3=np.nan), controls, study())
    assert set(tables["structural_r2"]["construct"]) == {"energy"}
    assert set(tables["second_opinions"]["outcome"]) == {"energy"}
    assert tables["structural_effects"]["est"].isna().all() and (tables["structural_effects"]["note"] != "").all()


def test_nothing_left_to_estimate(everything):
    respondents, controls = answers(200)
    tables = everything(respondents.assign(e1=np.nan, p1=np.nan), controls, study())
    assert estimators(tables) == []
    assert not_estimated(tables)[0] == "no path between two measured constructs is left"
    for name in (
        "structural_r2",
        "structural_rivals",
        "controls_out",
        "dimension_paths",
        "second_opinions",
        "agreement",
    ):
        assert tables[name].empty and list(tables[name]) == list(results.TABLES[name].columns)


def test_fifteen_rows(everything):
    tables = everything(*(table.head(15) for table in answers()), study())
    for estimator in ("ML", "MLR"):
        assert len(not_estimated(tables, estimator)) == 1
    assert "rows" in not_estimated(tables)[0]
    effects = tables["structural_effects"]
    assert len(effects) and effects["est"].isna().all() and (effects["draws"] == 0).all()
    assert (effects["note"] == not_estimated(tables, "ML")[0]).all()
    opinions = tables["second_opinions"].groupby("source").first()
    assert "no answer" in opinions.loc["MLR", "program"] and opinions.loc["MLR", "n"] == 0
    assert tables["agreement"]["largest"].isna().all()
    assert (tables["structural_rivals"]["note"] != "").all() and tables["structural_rivals"]["chisq"].isna().all()
    assert tables["controls_out"].empty


def test_forty_rows(everything):
    tables = everything(*(table.head(40) for table in answers()), study())
    assert "MLR" in estimators(tables)
    paths = tables["structural_parameters"].query("estimator == 'MLR' and op == '~'")
    assert len(paths) == 9
    assert np.isfinite(paths[["est", "se", "pvalue", "ci_lower", "ci_upper", "std_all"]]).all(axis=None)
    effects = tables["structural_effects"]
    assert effects["draws"].eq(100).all() and effects["n"].eq(40).all()
    direct = effects[effects["effect"].isin(["direct", "indirect"])]
    limits = ["est", "std", "se", "pvalue", "ci_lower", "ci_upper", "bca_lower", "bca_upper"]
    assert len(direct) == 4 and np.isfinite(direct[limits]).all(axis=None)
    assert (direct["ci_lower"] < direct["ci_upper"]).all() and (direct["bca_lower"] < direct["bca_upper"]).all()


def test_controls_that_follow_from_others_are_left_out_and_said(everything):
    """Age in other units beside age: the covariance matrix would be singular, and no estimator had a solution."""
    respondents, controls = answers(400)
    asked = study(controls=("age", "region"), waves=("one", "two"))
    assert set(control_terms(asked)) == {"age", "region", "wave_two"}
    respondents = respondents.assign(region=2 * respondents["age"] - 7, wave_two=np.nan)
    second = (respondents["age"] > 0) * 1.0
    respondents["wave"] = np.where(second, "two", "one")
    controls = controls.assign(wave=respondents["wave"], region=respondents["region"], wave_two=second)
    respondents = respondents.drop(columns="wave_two")
    assert structural.prepare(respondents, controls, asked)[2] == ["age", "wave_two"]
    tables = everything(respondents, controls, asked)
    assert estimators(tables) == list(structural.ESTIMATORS) and not_estimated(tables) == []
    notes = tables["structural_notes"].query("kind == 'ControlLeftOut'")
    assert list(notes["estimator"]) == list(structural.ESTIMATORS)
    assert notes["note"].str.startswith("the control region was left out").all()
    assert notes["note"].str.contains("implied by the other controls").all()
    without = everything(respondents, controls, asked.model_copy(update={"controls": ("age",)}))
    paths = [t["structural_parameters"].query("op == '~'")["est"].to_numpy() for t in (tables, without)]
    np.testing.assert_allclose(*paths, rtol=1e-6)


def test_a_control_that_one_wave_did_not_ask_costs_that_wave_and_it_is_said(everything):
    respondents, controls = answers(400)
    respondents["wave"] = controls["wave"] = np.where(respondents.index < 200, "one", "two")
    controls["wave_two"] = (controls["wave"] == "two") * 1.0
    respondents["age"] = controls["age"] = controls["age"].where(controls["wave"] == "one")
    tables = everything(respondents, controls, study(waves=("one", "two")))
    assert tables["structural_fit"].query("measure == 'ntotal'")["value"].eq(200).all()
    said = "200 of 400 respondents left out: age was not asked in wave two"
    notes = tables["structural_notes"]
    assert list(notes.loc[notes["note"] == said, "estimator"]) == list(structural.ESTIMATORS)
    # the wave is then a constant, and is told apart from what was not asked
    assert notes.query("kind == 'ControlLeftOut'")["note"].str.startswith("the control wave_two was left out").all()


def test_constructs_that_nobody_answered_together(everything):
    """Each half answered half of the questionnaire: no complete row, so that FIML alone has all it needs."""
    respondents, controls = answers(400)
    respondents.loc[:199, CONSTRUCTS["output"]] = np.nan
    respondents.loc[200:, CONSTRUCTS["energy"]] = np.nan
    tables = everything(respondents, controls, study())
    assert "MLR" not in estimators(tables) and len(not_estimated(tables)) == 1
    assert set(tables["structural_notes"].query("kind == 'ControlLeftOut'")["estimator"]) == set(structural.ESTIMATORS)


def test_a_dichotomous_outcome_of_one_item_and_a_repeated_predictor(everything):
    respondents, controls = answers(500)
    respondents = respondents.assign(p1=(respondents["p1"] > 0) * 1.0, d1=respondents["e1"])
    asked = study(
        constructs={"demand": ["d1"], "energy": ["e1"], "output": ["p1"]},
        hypotheses={"H1": {"path": "demand -> output"}, "H2": {"path": "energy -> output"}},
        controls=(),
    )
    tables = everything(respondents, controls[["respondent", "wave"]], asked)
    assert len(not_estimated(tables)) == 1 and "MLR" not in estimators(tables)
    asked = study(
        constructs={"energy": ["e1"], "output": ["p1"]}, hypotheses={"H2": {"path": "energy -> output"}}, controls=()
    )
    tables = everything(respondents, controls[["respondent", "wave"]], asked)
    assert estimators(tables) == list(structural.ESTIMATORS)
    path = tables["structural_parameters"].query("estimator == 'MLR' and op == '~'").squeeze()
    assert path["std_all"] == pytest.approx(np.corrcoef(respondents["e1"], respondents["p1"])[0, 1], rel=1e-6)


def test_predictors_that_are_nearly_one_are_named(everything):
    asked = study(
        constructs={"home": ["h1", "h2", "h3"], "office": ["o1", "o2", "o3"], "output": ["p1", "p2", "p3"]},
        hypotheses={"H1": {"path": "home -> output"}, "H2": {"path": "office -> output"}},
    )
    notes = everything(*answers(1500, apart=0.2), asked)["structural_notes"].query("kind == 'Collinearity'")
    assert list(notes["estimator"]) == list(structural.ESTIMATORS)
    assert (
        notes["note"].str.contains("predictors of output can hardly be told apart: home (variance", regex=False).all()
    )


def test_another_program_that_fails_leaves_logging_as_it_was(everything, monkeypatch):
    import semopy

    monkeypatch.setattr(semopy, "Model", None)
    opinions = everything(*answers(200), study())["second_opinions"]
    assert opinions.query("source == 'semopy'")["program"].str.contains("no answer").all()
    assert logging.root.manager.disable == logging.NOTSET
