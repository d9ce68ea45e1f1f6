"""250 mobile phone customers (examples/ecsi): the numbers of lavaan and seminr, and what is nearly one is called so."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.measurement import cfa, reliability, validity
from analysis.sem import Fit, several
from analysis.structure import structural
from analysis.structure.lavaan_script import Answer
from analysis.structure.second_opinions import second_opinions
from analysis.study import Study, load
from analysis.survey import waves

RECORDED = json.loads((Path(__file__).parent / "distinctness" / "recorded_ecsi.json").read_text(encoding="utf-8"))
OPEN = "the two are not shown to be distinct"


@pytest.fixture(scope="module")
def example() -> tuple[Study, waves.Cleaned, dict[str, Fit]]:
    """The study, its cleaned wave, and the fits of the measurement model."""
    with pytest.MonkeyPatch.context() as here:
        here.chdir(Path(__file__).parents[2])
        study = load("examples/ecsi/study.yaml")
    cleaned = waves.clean(study, "2005")
    return study, cleaned, cfa.estimate(cleaned.respondents, study)[0]


@pytest.fixture(scope="module")
def structure(example) -> tuple[pd.DataFrame, dict[str, Fit]]:
    study, cleaned, _ = example
    data = structural.model_data(cleaned.respondents, waves.controls(cleaned.respondents, study))
    return data, structural.estimate(data, study, [], ("ML", "MLR"))[0]


def agrees(fitted: Fit, recorded: dict[str, float]) -> None:
    """A flat minimum: 5 digits of what lavaan's optimiser stops at."""
    found = {name: fitted.measures[name.replace(".", "_")] for name in recorded}
    assert found == pytest.approx(recorded, rel=1e-5)


def test_the_measurement_model_is_that_of_lavaan(example):
    _, cleaned, fits = example
    assert len(cleaned.respondents) == fits["MLR"].nobs == 250
    agrees(fits["MLR"], RECORDED["cfa"])
    agrees(fits["WLSMV"], RECORDED["wlsmv"])
    latent = cfa.latent_correlations(fits["MLR"])
    found = {name: latent[frozenset(("image", name))] for name in RECORDED["r_image"]}
    assert found == pytest.approx(RECORDED["r_image"], abs=5e-6)


def test_alpha_is_that_of_semtools_and_seminr(example):
    study, cleaned, _ = example
    for scale, expected in RECORDED["alpha"].items():
        answers = cleaned.respondents[list(study.constructs[scale].items)]
        assert reliability.cronbach_alpha(answers)[0] == pytest.approx(expected, abs=1e-6)
    image = cleaned.respondents[list(study.constructs["image"].items)]
    assert reliability.alpha_of(image.corr()) == pytest.approx(0.72283, abs=5e-6)


def test_the_structural_model_is_that_of_lavaan_and_pls_that_of_seminr(example, structure):
    study, _, _ = example
    data, fits = structure
    agrees(fits["MLR"], RECORDED["structural"])
    r2 = structural.explained(fits, study).query("estimator == 'MLR'").set_index("construct")["r2"]
    assert r2[list(RECORDED["r2"])].to_dict() == pytest.approx(RECORDED["r2"], abs=1e-4)
    tables = structural.parameters(fits), several.measures(fits), structural.notes(fits, {}, study, [], {})
    opinions = second_opinions(*tables, data, study, [], Answer("lavaan: not asked", 0, pd.Series(dtype=float)))
    paths = opinions.query("source == 'PLS'").set_index(["outcome", "predictor"])["std"]
    assert paths["satisfaction"].round(3).to_dict() == {
        **{"image": 0.179, "expectation": 0.063, "quality": 0.512, "value": 0.195}
    }


def test_ratios_that_reach_one_are_called_out(example):
    study, cleaned, _ = example
    study = study.model_copy(update={"draws": 1000})
    ratios = validity.htmt(cleaned.respondents, study).query("ratio == 'HTMT'").set_index(["a", "b"])
    assert ratios["est"]["image", "expectation"] == pytest.approx(0.88803, abs=5e-6)
    assert ratios["est"]["image", "quality"] == pytest.approx(0.92871, abs=5e-6)
    reach = ratios["ci_upper"] >= 1
    assert reach["image", "expectation"] and not reach["image", "value"]
    assert (ratios["note"].str.contains(OPEN) == reach).all()


def test_correlations_that_cannot_be_told_from_one_are_called_out(example):
    study, cleaned, fits = example
    held = validity.constrained_correlations(fits["MLR"], cleaned.respondents, study).set_index(["a", "b"])
    for pair, expected in RECORDED["held"].items():
        assert held["chisq_diff"][tuple(pair.split("."))] == pytest.approx(expected, abs=1e-3)
    assert held["note"]["image", "quality"].endswith(
        "the interval reaches 1, though the test rejects it: the two are hardly distinct"
    )
    assert held["note"]["quality", "satisfaction"].endswith(f"the test does not reject it: {OPEN}")
    assert "distinct" not in held["note"]["image", "loyalty"]
    assert "correlations beyond 1: satisfaction and loyalty 1.006" in held["note"]["image", "loyalty"]


def test_variance_that_is_shared_is_called_out(example):
    study, cleaned, fits = example
    scales = reliability.reliability(cleaned.respondents, waves.scores(cleaned.respondents, study), fits["MLR"], study)
    found = validity.fornell_larcker(scales, cfa.latent_correlations(fits["MLR"]), study).set_index(["a", "b"])
    assert found["holds"]["image", "quality"] == "no"
    assert found["holds"]["quality", "value"] == "yes"
    assert found["holds"]["image", "complaints"] == ""


def test_the_notes_name_the_culprits(example, structure):
    study, cleaned, fits = example
    notes = cfa.notes(fits, {}, cleaned.respondents, study).set_index(["estimator", "kind"])["note"]
    assert "not positive definite; it involves image, quality, satisfaction" in notes["MLR", "ImproperSolution"]
    _, fits = structure
    notes = structural.notes(fits, {}, study, [], {}).query("estimator == 'MLR'")
    collinear = notes.loc[notes["kind"] == "Collinearity", "note"]
    named = collinear[collinear.str.startswith("predictors of satisfaction can hardly be told apart")].item()
    assert "image (variance inflation" in named and "quality (variance inflation" in named
    assert notes.loc[notes["kind"] == "ImplausibleEstimates", "note"].str.contains("nothing is known").all()
