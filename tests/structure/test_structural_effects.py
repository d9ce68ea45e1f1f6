"""Effects along the paths: by hand from the estimates, beside lavaan's bootstrap, and empty with a reason."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.structure.known_paths import TRUTH, answers, study
from tests.structure.reputation import reputation

from analysis import results
from analysis.structure import structural
from analysis.structure.effects import structural_effects
from analysis.study import Study, load
from analysis.survey import waves

RECORDED = json.loads((Path(__file__).parent / "structure.json").read_text(encoding="utf-8"))["bootstrap"]
LIMITS = ["ci_lower", "ci_upper", "bca_lower", "bca_upper"]


def drawn(asked: Study, data: pd.DataFrame, folder: Path, draws: int) -> pd.DataFrame:
    """The table as results.TABLES promises it."""
    asked = asked.model_copy(update={"draws": draws})
    fits, why_not = structural.estimate(data, asked, structural.usable_controls(data, asked), ("ML",))
    table = structural_effects(fits["ML"], why_not.get("ML", ""), asked, {})
    results.write("structural_effects", table, folder / "effects.csv")
    return results.read("structural_effects", folder / "effects.csv")


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> pd.DataFrame:
    return drawn(*reputation(), tmp_path_factory.mktemp("effects"), 3000)


@pytest.fixture(scope="module")
def by_name(found) -> dict[str, pd.Series]:
    ends = {e: f"{e} -> loyalty" for e in ("competence", "likeability")}
    rows = {
        **{h: found["hypothesis"] == h for h in ("H6", "H7")},
        **{f"total_{e}": (found["effect"] == "total") & (found["path"] == path) for e, path in ends.items()},
        "share_likeability": (found["effect"] == "share") & (found["path"] == ends["likeability"]),
        "contrast": found["hypothesis"] == "H6 - H7",
    }
    return {name: found[row].squeeze() for name, row in rows.items()}


@pytest.mark.parametrize("name", RECORDED)
def test_estimates_and_intervals_are_those_of_lavaan_with_boot(by_name, name):
    """Limits by 2,000 draws there and 3,000 here: their Monte Carlo errors together are 0.08 standard errors."""
    theirs, mine = RECORDED[name], by_name[name]
    assert mine["est"] == pytest.approx(theirs["est"], abs=2e-5)
    assert mine["se"] == pytest.approx(theirs["se"], rel=0.1)
    apart = np.abs(mine[LIMITS].to_numpy(float) - [*theirs["perc"], *theirs["bca"]]) / theirs["se"]
    assert (apart < 0.35).all(), apart


def test_the_indirect_effects_are_the_defined_parameters(by_name):
    asked, data = reputation()
    defined = structural.estimate(data, asked, [], ("MLR",))[0]["MLR"].parameters.query("op == ':='").set_index("lhs")
    for name in ("H6", "H7"):
        assert by_name[name]["est"] == pytest.approx(defined.loc[name, "est"], rel=1e-9)
        assert by_name[name]["std"] == pytest.approx(defined.loc[name, "std_all"], rel=1e-9)
        assert by_name[name]["std_ci_lower"] < by_name[name]["std"] < by_name[name]["std_ci_upper"]


def test_draws_and_their_seed_stand_in_every_row(found):
    assert set(found["n"]) == {336} and set(found["draws"]) == {3000} and set(found["seed"]) == {344}
    assert (found["failed"] == 0).all() and found["improper"].nunique() == 1


def test_a_share_of_a_whole_that_may_be_nothing_is_left_empty(found):
    shares = found[found["effect"] == "share"].set_index("path")
    none = shares.loc["competence -> loyalty"]
    total = found[(found["effect"] == "total") & (found["path"] == "competence -> loyalty")].squeeze()
    assert total["ci_lower"] < 0 < total["ci_upper"]
    assert none[["est", "std", "se", "pvalue", *LIMITS]].isna().all()
    assert none["note"] == "no share: the interval of the total effect contains 0"
    assert shares.loc["likeability -> loyalty", "note"] == ""


def test_known_effects_are_recovered(tmp_path):
    respondents, controls = answers()
    table = drawn(study(), structural.model_data(respondents, controls), tmp_path, 300)
    truth = {
        ("indirect", "demand -> energy -> output"): TRUTH["demand", "energy"] * TRUTH["energy", "output"],
        ("total", "demand -> output"): -0.4 * 0.5 - 0.2,
        ("share", "demand -> output"): 0.5,
        ("direct", "support -> output"): 0.0,
        ("indirect", "support -> energy -> output"): 0.15,
        ("contrast", "demand -> energy -> output - support -> energy -> output"): -0.35,
    }
    rows = table.set_index(["effect", "path"])
    for at, value in truth.items():
        assert abs(rows.loc[at, "est"] - value) < 3 * rows.loc[at, "se"], at
        assert rows.loc[at, "se"] < 0.1
    assert rows.loc[("direct", "support -> output"), "pvalue"] > 0.01
    assert rows.loc[("indirect", "demand -> energy -> output"), "pvalue"] == pytest.approx(2 / 301)


def test_the_same_draws_on_two_cores():
    respondents, controls = answers(300)
    asked = study().model_copy(update={"draws": 600})
    data = structural.model_data(respondents, controls)
    fitted = structural.estimate(data, asked, ["age"], ("ML",))[0]["ML"]
    pd.testing.assert_frame_equal(*(structural_effects(fitted, "", asked, {}, cores) for cores in (1, 2)))


def test_without_a_mediation_there_are_columns_and_no_rows():
    asked = study(hypotheses={"H1": {"path": "demand -> output"}})
    respondents, controls = answers(300)
    fitted = structural.estimate(structural.model_data(respondents, controls), asked, [], ("ML",))[0]["ML"]
    table = structural_effects(fitted, "", asked, {})
    assert table.empty and list(table) == list(results.TABLES["structural_effects"].columns)


def test_a_model_that_is_nearly_not_identified_keeps_its_estimates_and_is_not_drawn(monkeypatch):
    """Causes that can hardly be told apart: thousands of draws would search for hours and fail."""
    with pytest.MonkeyPatch.context() as here:
        here.chdir(Path(__file__).parents[2])
        asked = load("examples/ecsi/study.yaml")
    respondents = waves.clean(asked, "2005").respondents
    data = structural.model_data(respondents, waves.controls(respondents, asked))
    fitted = structural.estimate(data, asked, [], ("ML",))[0]["ML"]
    monkeypatch.setattr(type(fitted), "bootstrap", None)  # whoever draws stops here
    table = structural_effects(fitted, "", asked, {})
    idle = table["note"].str.contains("no share: ")
    assert (table.loc[idle, "effect"] == "share").all() and not idle.all()
    assert (table[["est", "std"]].notna().all(axis=1) == ~idle).all()
    assert table[["se", "pvalue", *LIMITS]].isna().all(axis=None) and (table["draws"] == 0).all()
    assert table["note"].str.startswith("no bootstrap: nearly not identified").all()


def test_where_most_draws_fail_it_stops_after_the_first(monkeypatch):
    respondents, controls = answers(300)
    data, tried = structural.model_data(respondents, controls), []
    fitted = structural.estimate(data, study(), ["age"], ("ML",))[0]["ML"]

    def failing(self, draws, **options):
        tried.append(draws)
        return type("Drawn", (), {"failed": range(11)})()

    monkeypatch.setattr(type(fitted), "bootstrap", failing)
    table = structural_effects(fitted, "", study(), {})
    assert tried == [20]
    why = "no bootstrap: 11 of 20 draws tried first failed"
    suppressed = f"{why} | no share: the direct and the indirect effect have opposite signs (suppression)"
    assert table["note"].isin([why, suppressed]).all()
    assert (table.loc[table["effect"] != "share", "note"] == why).all()
    assert ((table["note"] == suppressed) == table["est"].isna()).all()
    assert table["ci_lower"].isna().all()
