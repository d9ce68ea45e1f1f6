"""Ladders of invariance as lavaan's and semTools', planted differences found, and samples that cannot carry one."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.measurement.invariance.ladder_data import SCALES, YES_NO, ladder_data, yes_no

from analysis import results
from analysis.measurement import invariance as module
from analysis.measurement.invariance import SECOND_ORDER, cutoffs, invariance, ordinal_model, second_order
from analysis.sem import compare, fit
from analysis.study import Study, load

MEAN_OF_ABILITY = 0.05704644365  # record_invariance.R prints it
HERE = Path(__file__).parent / "invariance"
MEASURED = ["df", "chisq", "pvalue", "cfi", "tli", "rmsea", "srmr"]
TESTED = ["chisq_diff", "df_diff", "pvalue_diff"]
OPERATORS = {"configural": "", "thresholds": "|", "metric": "=~", "scalar": "~1", "strict": "~~"}


@pytest.fixture
def made(small):
    """made(constructs, options, waves, differ_by): the small study with other constructs, items on 1 to ``options``."""
    plain = load(small)

    def study(constructs: dict, options: int = 5, waves: dict | None = None, differ_by: tuple = ("region",)) -> Study:
        label = plain.title
        text = [i for c in constructs.values() for i in (sum(c.values(), ()) if isinstance(c, dict) else c)]
        items = {i: plain.codebook["st1"].model_copy(update={"name": i}) for i in text}
        described = {
            name: {"symbol": f"C{k}", "label": label}
            | (
                {"dimensions": {d: {"label": label, "items": i} for d, i in c.items()}}
                if isinstance(c, dict)
                else {"items": c}
            )
            for k, (name, c) in enumerate(constructs.items())
        }
        return Study(
            **dict(plain)
            | {
                "codebook": {v: plain.codebook[v] for v in ("age", "region")} | items,
                "answers": dict(plain.answers) | {"agreement": {k: label for k in range(1, options + 1)}},
                "constructs": described,
                "controls": (),
                "hypotheses": {"H1": {"differ_by": differ_by}} if differ_by else {},
                "waves": {w: {"file": "x.csv", "reader": "csv"} | more for w, more in (waves or {"only": {}}).items()},
            }
        )

    return study


def quietly(respondents: pd.DataFrame, study: Study, folder: Path) -> dict[str, pd.DataFrame]:
    """The tables, each as results.TABLES promises, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = invariance(respondents, study)
    for name, table in found.items():
        results.write(name, table, folder / f"{name}.csv")
    return found


def means_of(found: dict[str, pd.DataFrame], *index: str) -> pd.DataFrame:
    """The latent means of the groups with enough answers."""
    means = found["latent_means"]
    return means[~means["basis"].str.startswith("left out")].set_index(list(index))


def four_dimensions(rng, sizes=(600, 600), loading=None, shift=None, mean=0.0) -> pd.DataFrame:
    """A construct over four dimensions of three items; in the second group its ``mean``, and by dimension its
    ``loading`` (else 0.8) and ``shift``."""
    group = np.repeat([0, 1], sizes)
    construct = rng.normal(size=len(group)) + mean * group
    frame = {}
    for k in range(4):
        slope = np.where(group == 1, (loading or {}).get(k, 0.8), 0.8)
        dimension = slope * construct + (shift or {}).get(k, 0.0) * group + 0.6 * rng.normal(size=len(group))
        for i in range(3):
            frame[f"i{3 * k + i}"] = 0.8 * dimension + 0.6 * rng.normal(size=len(group))
    answers = np.digitize(pd.DataFrame(frame), [-1.3, -0.5, 0.4, 1.2]) + 1.0
    return pd.DataFrame(answers, columns=list(frame)).assign(region=group + 1.0, wave="only")


def simulated(rng, sizes=(400, 400), items=6, shift=None, loading=None, means=None) -> pd.DataFrame:
    """Two factors of three items each, groups 1, 2 ...; in the second group ``shift`` and ``loading`` by item."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], len(group))
    factors[:, 0] += np.array(means or [0] * len(sizes))[group]
    loadings, intercepts = np.full((len(group), items), 0.8), np.zeros((len(group), items))
    for item, value in (loading or {}).items():
        loadings[group == 1, item] = value
    for item, value in (shift or {}).items():
        intercepts[group == 1, item] = value
    values = intercepts + loadings * np.repeat(factors, items // 2, axis=1) + 0.6 * rng.normal(size=loadings.shape)
    answers = np.digitize(values, [-1.3, -0.5, 0.4, 1.2]) + 1.0
    return pd.DataFrame(answers, columns=[f"i{k}" for k in range(items)]).assign(region=group + 1.0, wave="only")


UPPER = {"whole": {f"d{k}": tuple(f"i{3 * k + i}" for i in range(3)) for k in range(4)}}
TWO = {"left": ("i0", "i1", "i2"), "right": ("i3", "i4", "i5")}


def test_the_continuous_ladder_equals_lavaan(made, tmp_path):
    """Holzinger-Swineford by school: x3 is let go, which lavTestScore names; the means as lavaan's."""
    scales = {"visual": ("x1", "x2", "x3"), "textual": ("x4", "x5", "x6"), "speed": ("x7", "x8", "x9")}
    data = ladder_data()
    data = data.assign(region=pd.factorize(data["school"])[0] + 1.0, wave="only")
    found = quietly(data, made(scales), tmp_path)
    rows = found["invariance"].query("treatment == 'continuous'").set_index("rung")
    expected = pd.read_csv(HERE / "lavaan.csv").query("ladder == 'school'").set_index("rung")
    assert list(rows.index) == ["configural", "metric", "scalar", "partial scalar", "partial strict"]
    for rung in ("configural", "metric", "scalar", "partial scalar"):
        values = expected.loc[rung, MEASURED + TESTED].to_list()
        assert rows.loc[rung, MEASURED + TESTED].to_list() == pytest.approx(values, rel=1e-4, nan_ok=True), rung
    assert rows["compared_with"].to_list() == ["", "configural", "metric", "metric", "partial scalar"]
    assert rows["holds"].to_list()[:4] == ["", "yes", "no", "yes"]
    assert rows.loc["scalar", "delta_cfi"] == pytest.approx(0.8811546264 - 0.9198143931, abs=1e-6)
    freed = found["invariance_freed"].query("treatment == 'continuous' and rung == 'scalar'")
    assert freed["parameter"].to_list() == ["x3~1"] and freed["step"].to_list() == [1]
    assert freed["mi"].to_list() == pytest.approx([19.19252462], rel=1e-5)
    strict = found["invariance_freed"].query("treatment == 'continuous' and rung == 'strict' and step == 0")
    assert strict["parameter"].to_list() == ["x3~~x3"]
    means = means_of(found, "construct")
    assert means.loc["textual", ["est", "se"]].to_list() == pytest.approx([0.615, 0.135], abs=6e-4)
    assert set(means["basis"]) == {"partial scalar"} and set(means["group"]) == {"2"}


def test_the_second_order_models_equal_lavaan():
    """Recorded with first loadings of 1, of dimensions and construct: the same models, identified in another way."""
    scales = {"visual": ("x1", "x2", "x3"), "textual": ("x4", "x5", "x6"), "speed": ("x7", "x8", "x9")}
    expected = pd.read_csv(HERE / "lavaan.csv").query("ladder == 'second-order'").set_index("rung")
    assert list(expected.index) == list(SECOND_ORDER.rungs)
    lines = [f"{factor} =~ {' + '.join(items)}" for factor, items in scales.items()]
    climbed, before = [], None
    for rung, row in expected.iterrows():
        climbed.append(rung)
        text = "\n".join([*lines, second_order("ability", list(scales), 2, climbed, ())])
        equal = ["loadings"] * ("metric" in climbed) + ["intercepts"] * ("scalar" in climbed)
        own = [] if "second-order metric" in climbed else [f"ability=~{factor}" for factor in scales]
        options = {"std_lv": True, "group_equal": equal, "group_partial": own}
        fitted = fit(text, ladder_data(), group="school", estimator="MLR", **options)
        m = fitted.measures
        found = [m["df"], m["chisq_scaled"], *(m[f"{name}_robust"] for name in ("cfi", "tli", "rmsea")), m["srmr"]]
        assert found == pytest.approx(row[["df", "chisq", "cfi", "tli", "rmsea", "srmr"]].to_list(), rel=1e-4), rung
        if before is not None and rung != "second-order scalar":
            assert compare(before, fitted).iloc[1][TESTED].to_list() == pytest.approx(row[TESTED].to_list(), rel=1e-3)
        before = fitted
    means = fitted.parameters.query("op == '~1' and group == 2").set_index("lhs")["est"]
    assert means["ability"] == pytest.approx(MEAN_OF_ABILITY, abs=1e-4) and means["visual"] == 0


def test_a_second_order_ladder_finds_what_differs_and_the_mean(made, tmp_path):
    rng = np.random.default_rng(21)
    found = quietly(four_dimensions(rng, mean=0.5), made(UPPER), tmp_path)
    rows = found["invariance"].query("treatment == 'second-order'")
    assert rows["rung"].to_list() == list(SECOND_ORDER.rungs) and set(rows["construct"]) == {"whole"}
    assert rows["holds"].to_list() == ["", "yes", "yes", "yes", "yes"]
    assert rows["compared_with"].to_list() == ["", *list(SECOND_ORDER.rungs)[:-1]]
    mean = means_of(found, "construct").loc["whole"]
    assert abs(mean["est"] - 0.5) < 3 * mean["se"] and mean["basis"] == "second-order scalar"
    shifted = quietly(four_dimensions(rng, mean=0.5, shift={1: 1.0}, loading={2: 0.0}), made(UPPER), tmp_path)
    freed = shifted["invariance_freed"].query("treatment == 'second-order'")
    assert freed[["construct", "rung", "step", "parameter"]].to_numpy().tolist() == [
        ["whole", "second-order metric", 1, "whole=~d2"],
        ["whole", "second-order scalar", 0, "d2~1"],
        ["whole", "second-order scalar", 1, "d1~1"],
    ]
    mean = means_of(shifted, "construct").loc["whole"]
    assert abs(mean["est"] - 0.5) < 3 * mean["se"] and mean["basis"] == "partial second-order scalar"


def test_means_of_a_construct_are_not_compared_where_its_dimensions_shift(made, tmp_path):
    """Three dimensions shift in three ways: at most two of four may be let go."""
    data = four_dimensions(np.random.default_rng(21), shift={1: 0.8, 2: -0.8, 3: 1.4})
    found = quietly(data, made(UPPER), tmp_path)
    last = found["invariance"].query("treatment == 'second-order'").iloc[-1]
    assert (last["rung"], last["holds"]) == ("partial second-order scalar", "no")
    assert "fails with 2 invariant indicators of each factor" in last["note"]
    means = means_of(found, "construct")
    assert means.loc["whole", "basis"] == "not comparable: second-order scalar invariance does not hold"
    assert np.isnan(means.loc["whole", "est"]) and means.loc[["d1", "d2"], "basis"].to_list() == ["scalar", "scalar"]


def test_a_construct_of_two_dimensions_has_no_second_order_ladder(made, tmp_path):
    study = made({"whole": {"left": TWO["left"], "right": TWO["right"]}})
    found = quietly(simulated(np.random.default_rng(11)), study, tmp_path)
    rows = found["invariance"].query("treatment == 'second-order'")
    assert len(rows) == 1
    assert rows["note"].iloc[0].endswith("not estimated: fewer than 3 dimensions of two items or more")
    basis = means_of(found, "construct").loc["whole", "basis"]
    assert basis == "not comparable: fewer than 3 dimensions of two items or more"


@pytest.mark.parametrize("seed", YES_NO)
def test_yes_and_no_reach_lavaans_minimum(made, tmp_path, seed):
    """Where equal loadings say nothing, their rung has the chi-square that lavaan finds; seed 29: where it finds none,
    for an item's loading is negative in a group."""
    expected = pd.read_csv(HERE / "yes_no.csv").query("seed == @seed").set_index("rung")
    data = yes_no(seed).assign(wave="only")
    study = made({"left": tuple(data.columns.drop(["region", "wave"]))}, options=2)
    rows = quietly(data, study, tmp_path)["invariance"].query("treatment == 'ordinal'").set_index("rung")
    assert rows["df"].iloc[:4].to_list() == expected["df"].ffill().loc[["configural"] * 3 + ["scalar"]].to_list()
    assert rows["chisq"].iloc[0] == rows["chisq"].iloc[2]
    known = expected["chisq"].dropna()
    assert rows.loc[known.index, "chisq"].to_list() == pytest.approx(known.to_list(), rel=1e-4)


@pytest.mark.parametrize("ladder", ["delta", "delta partial", "theta partial", "theta"])
def test_the_ordinal_ladder_equals_semtools(ladder):
    """Four and three answers; the strict rung is semTools' in the theta parameterisation."""
    expected = pd.read_csv(HERE / "semtools.csv").query("ladder == @ladder").set_index("rung")
    freed = ("o3|t1", "visual=~o2", "o6~1", "o4~~o4") if "partial" in ladder else ()
    data, items = ladder_data(), [i for some in SCALES.values() for i in some]
    equal, before = [], None
    for rung, operator in OPERATORS.items():
        equal += [operator] if operator else []
        text = ordinal_model(SCALES, data[items].nunique(), 2, equal, freed)
        options = {"parameterization": "theta" if "~~" in equal else "delta", "std_lv": True, "ordered": True}
        fitted = fit(text, data, group="school", estimator="WLSMV", **options)
        if rung in expected.index:
            m, row = fitted.measures, expected.loc[rung]
            scaled = [m["df"], *(m[f"{name}_scaled"] for name in MEASURED[1:-1]), m["srmr"]]
            assert scaled == pytest.approx(row[MEASURED].to_list(), rel=1e-4, abs=2e-5), rung
            if before is not None:
                test = compare(before, fitted).iloc[1][TESTED].to_list()
                assert test == pytest.approx(row[TESTED].to_list(), rel=1e-3), rung
        before = fitted


def test_few_answers_make_rungs_that_say_the_same(made, tmp_path):
    """Two answers: neither equal thresholds nor equal loadings restrict anything; three: equal thresholds do not."""
    rng = np.random.default_rng(3)
    data = simulated(rng, items=8)
    study = made({"left": ("i0", "i1", "i2", "i3"), "right": ("i4", "i5", "i6", "i7")}, differ_by=("region",))
    left, right = [f"i{k}" for k in range(4)], [f"i{k}" for k in range(4, 8)]
    data = data.assign(
        **{i: (data[i] > 1 + k) + 1.0 for k, i in enumerate(left)}, **{i: data[i].clip(2, 4) for i in right}
    )
    rows = quietly(data, study, tmp_path)["invariance"].query("treatment == 'ordinal'").set_index(["construct", "rung"])
    df = rows["df"]
    assert df["left"].to_list() == [4, 4, 4, 6, 10] and df["right"].to_list()[:3] == [4, 4, 7]
    assert rows.loc[("left", "metric"), "chisq"] == pytest.approx(rows.loc[("left", "configural"), "chisq"], rel=1e-5)
    for key in (("left", "thresholds"), ("left", "metric"), ("right", "thresholds")):
        assert "says the same" in rows.loc[key, "note"] and rows.loc[key, "holds"] == "yes"


def test_without_a_difference_the_ladder_holds_and_means_are_recovered(made, tmp_path):
    data = simulated(np.random.default_rng(11), sizes=(500, 450, 480), means=(0, 0.5, -0.3))
    found = quietly(data, made(TWO), tmp_path)
    assert set(found["invariance"]["holds"]) == {"", "yes"} and found["invariance_freed"].empty
    means = means_of(found, "construct", "group")
    for group, truth in (("2", 0.5), ("3", -0.3)):
        assert abs(means.loc[("left", group), "est"] - truth) < 3 * means.loc[("left", group), "se"]
        assert abs(means.loc[("right", group), "est"]) < 3 * means.loc[("right", group), "se"]


def test_planted_differences_are_found(made, tmp_path):
    data = simulated(np.random.default_rng(5), sizes=(900, 900, 900), shift={1: 0.8}, loading={5: 0.25})
    freed = quietly(data, made(TWO), tmp_path)["invariance_freed"].query("step > 0")
    for _, named in freed.groupby("treatment"):
        assert named.query("rung == 'metric'")["parameter"].to_list() == ["right=~i5"]
        assert named.query("rung == 'scalar'")["parameter"].to_list() == ["i1~1"]


def test_a_ladder_ends_where_too_few_items_are_invariant(made, tmp_path):
    """Both shifts cannot be let go: two of three items stay. The means are then not compared."""
    data = simulated(np.random.default_rng(5), sizes=(900, 900), shift={0: 1.2, 1: -1.2})
    found = quietly(data, made(TWO), tmp_path)
    rows = found["invariance"].query("treatment == 'continuous'")
    assert rows["rung"].to_list()[-2:] == ["partial scalar", "partial strict"]
    assert rows["holds"].to_list()[-2:] == ["no", ""] and "does not hold" in rows["note"].iloc[-1]
    assert found["latent_means"]["est"].isna().all()
    assert set(means_of(found, "group")["basis"]) == {"not comparable: scalar invariance does not hold"}


def test_reworded_and_rescaled_items_are_no_anchors(made, tmp_path):
    four = {"left": ("i0", "i1", "i2", "i6"), "right": ("i3", "i4", "i5", "i7"), "pair": ("i8", "i9")}
    data = simulated(np.random.default_rng(2), items=10).assign(region=np.nan)
    data = data.assign(wave=np.where(data.index < 400, "old", "new"))
    data["i6"], data["i7"], data["i8"] = data["i2"], data["i5"], data["i0"]
    rng = np.random.default_rng(4)
    for item in ("i6", "i7", "i8"):
        data[item] = (data[item] + rng.integers(-1, 2, len(data))).clip(1, 5)
    data.loc[data["wave"] == "old", "i3"] = data["i3"] * 2 / 3 + 1 / 3
    waves = {"old": {"reworded": ("i1", "i9"), "rescaled": {"i3": "regions"}}, "new": {}}
    found = quietly(data, made(four, waves=waves, differ_by=()), tmp_path)
    freed = found["invariance_freed"].query("step == 0").set_index(["treatment", "rung"])
    assert freed.loc[("continuous", "metric"), "parameter"].to_list() == ["left=~i1", "right=~i3"]
    assert set(found["invariance_freed"].query("treatment == 'ordinal'")["construct"]) == {"left"}
    assert set(freed.loc["continuous", "construct"]) == {""}
    assert freed.loc[("continuous", "metric"), "reason"].to_list() == ["reworded in old", "rescaled in old"]
    assert "i1|t1" in freed.loc[("ordinal", "thresholds"), "parameter"].to_list()
    rows = found["invariance"].set_index(["treatment", "construct", "rung"])
    assert "partial metric" in rows.loc["continuous"].loc[""].index
    assert "pair left out" in rows.loc[("continuous", "", "configural"), "note"]
    assert "another scale in a wave: i3" in rows.loc[("ordinal", "right", "configural"), "note"]


def test_samples_that_cannot_carry_a_ladder_are_said_plainly(made, tmp_path):
    data = simulated(np.random.default_rng(8), sizes=(300, 40, 1, 300)).astype({"wave": object})
    data["region"] = data["region"].map({1: 1.0, 2: 2.0, 3: 9.0, 4: 3.0})
    data.loc[data["region"] == 3, "i4"] = 3.0
    data.loc[data["region"] == 1, "i0"] = data["i0"].clip(lower=2)
    data.loc[data["region"] == 1, "i3"] = np.nan
    study = made(TWO | {"odd": ("i6",)})
    found = quietly(data.assign(i6=1.0), study, tmp_path)
    rows = found["invariance"]
    note = rows.query("treatment == 'continuous' and rung == 'configural'")["note"].iloc[0]
    assert "group '2' left out: answers 40, needed 50 | " in note
    assert "not asked in a group: i3" in note and "without variation in a group: i4" in note
    assert "right left out" in note
    ordinal = rows.query("treatment == 'ordinal' and construct == 'left' and rung == 'configural'").iloc[0]
    assert (ordinal["groups"], ordinal["n"]) == (2, 600) and "i0: answers 1–2 made one" in ordinal["note"]
    basis = found["latent_means"].set_index(["group", "construct"])["basis"]
    assert basis.to_dict() == {
        ("2", "left"): "left out: answers 40, needed 50",
        ("2", "right"): "left out: answers 40, needed 50",
        ("3", "left"): "scalar",
        ("3", "right"): "not comparable: fewer than 2 items that can be anchors",
    }


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [((300,), ["2", "3"]), ((300, 0, 12), ["2", "3"]), ((12, 300), ["1", "3"]), ((5, 5), ["1", "2", "3"])],
)
def test_one_group_alone_is_said(made, tmp_path, sizes, groups):
    """Every group but the one that there is has its row of each mean, with the reason; all of them if there is none."""
    data = simulated(np.random.default_rng(8), sizes=sizes)
    found = quietly(data, made(TWO), tmp_path)
    assert found["invariance"]["note"].str.contains("fewer than two groups").all()
    assert found["invariance"]["chisq"].isna().all()
    means = found["latent_means"]
    assert means["group"].drop_duplicates().to_list() == groups and len(means) == 2 * len(groups)
    n = dict(enumerate(sizes, start=1))
    assert means["basis"].to_list() == [f"left out: answers {n.get(int(g), 0)}, needed 50" for g in means["group"]]


def test_a_study_of_single_items_is_said_to_have_no_scale(made, tmp_path):
    found = quietly(simulated(np.random.default_rng(8)), made({"left": ("i0",), "right": ("i1",)}), tmp_path)
    assert found["invariance"]["note"].to_list() == ["not estimated: there is no scale of two items or more"]
    assert found["latent_means"].empty


def test_the_smallest_of_small_groups_is_named(made, tmp_path):
    """Twelve items have 90 moments."""
    data = simulated(np.random.default_rng(8), sizes=(80, 60, 75), items=12)
    rows = quietly(data, made({"one": tuple(f"i{k}" for k in range(12))}), tmp_path)["invariance"]
    note = rows.query("treatment == 'continuous' and rung == 'configural'")["note"].iloc[0]
    assert "60 rows in group '2' are fewer than the 90 sample moments" in note and "80 rows" not in note


def test_nothing_is_asked_without_waves_or_attributes(made, tmp_path):
    data = simulated(np.random.default_rng(8))
    assert all(table.empty for table in quietly(data, made(TWO, differ_by=()), tmp_path).values())


def test_nobody_answered(made, tmp_path):
    means = quietly(simulated(np.random.default_rng(8)).iloc[:0], made(TWO), tmp_path)["latent_means"]
    assert set(means["basis"]) == {"left out: answers 0, needed 50"} and set(means["group"]) == {"1", "2", "3"}


def test_chens_cutoffs():
    assert cutoffs([300, 250], "metric") == {"cfi": 0.010, "rmsea": 0.015, "srmr": 0.030}
    assert cutoffs([300, 250], "strict")["srmr"] == 0.010
    for sizes in ([150, 150], [500, 200]):
        assert cutoffs(sizes, "thresholds") == {"cfi": 0.005, "rmsea": 0.010, "srmr": 0.025}
        assert cutoffs(sizes, "scalar")["srmr"] == 0.005


@pytest.mark.parametrize(
    ("cfi", "rmsea", "srmr", "holds"),
    [(0.93, 0.05, 0.05, "yes"), (0.95, 0.08, 0.09, "yes"), (0.93, 0.08, 0.05, "no"), (0.93, 0.05, 0.09, "no")],
)
def test_a_rung_fails_by_cfi_and_one_of_the_others(monkeypatch, cfi, rmsea, srmr, holds):
    indices = {"before": (0.95, 0.05, 0.05), "now": (cfi, rmsea, srmr)}
    named = {fitted: dict(zip(("cfi", "rmsea", "srmr"), values, strict=True)) for fitted, values in indices.items()}
    monkeypatch.setattr(module, "usable", bool)
    monkeypatch.setattr(module, "_indices", lambda ladder, fitted: named[fitted])
    answers = pd.DataFrame({module.GROUP: np.repeat([1, 2], 300)})
    ladder = module.Ladder(module.CONTINUOUS, module.Sample({}, answers, [], {}), {}, held={"configural": "before"})
    assert module._holds(ladder, "metric", "now") == holds


def test_a_saturated_configural_model_fits_perfectly_and_the_ladder_goes_on(made, tmp_path):
    data = simulated(np.random.default_rng(11), sizes=(500, 450), items=6)
    found = quietly(data, made({"left": TWO["left"]}), tmp_path)
    rows = found["invariance"].query("treatment == 'continuous'").set_index("rung")
    assert rows["df"].to_list() == [0, 2, 4, 7] and rows.loc["configural", "cfi"] == 1
    assert rows["holds"].to_list() == ["", "yes", "yes", "yes"]
    assert rows.loc["metric", "delta_cfi"] == pytest.approx(rows.loc["metric", "cfi"] - 1)
    assert means_of(found, "group")["est"].notna().all()


def test_what_cannot_be_judged_is_not_said_to_fail(made, tmp_path):
    """A factor of two items alone is not identified; nothing is known of the rungs above."""
    data = simulated(np.random.default_rng(11), sizes=(500, 450), items=6)
    found = quietly(data, made({"left": ("i0", "i1")}), tmp_path)
    for _, rows in found["invariance"].groupby("treatment"):
        assert set(rows["holds"]) == {""} and rows["chisq"].iloc[1:].isna().all()
        assert set(rows["note"].iloc[1:]) == {"not estimated: the rung before cannot be judged"}
    assert set(means_of(found, "group")["basis"]) == {"not comparable: scalar invariance cannot be judged"}
