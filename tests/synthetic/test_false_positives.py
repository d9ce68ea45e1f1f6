"""Is nothing there where nothing should be, do the samples look like those of a run, and are words counted rightly?"""

import ast
import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import results
from analysis.evidence.verdicts import SOURCES
from analysis.study import load
from analysis.survey import waves
from analysis.synthetic import false_positives, load_truth
from analysis.synthetic.false_positives import BOTH, SAMPLES, WORDS, Settings, count, draw, population, seed_of, wilson
from analysis.synthetic.population import innovations, latent_scores

SETTINGS = Settings(firms=300, draws=100, seed=3)


@pytest.fixture(scope="module")
def study():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(Path(__file__).parents[2])
        yield load("config/study.yaml")


@pytest.fixture(scope="module")
def truth(study):
    return load_truth(Path(__file__).parents[2] / "data/raw/sme-digitalisation/truth.yaml", study)


def scores_of(truth, study, n: int = 200_000) -> pd.DataFrame:
    return latent_scores(truth, innovations(truth, study, n, 1, np.random.default_rng(1))[0])


@pytest.mark.parametrize("sample", ["zero", "returning"])
def test_without_effects_only_the_controls_explain_anything(truth, study, sample):
    nothing = population(truth, study, sample, 300)
    assert nothing.paths["resilience"] == {"firm_size": 0.05, "firm_age": -0.03, "digital_spend": 0.08}
    drawn = scores_of(nothing, study)
    outcomes = list(truth.paths)
    assert drawn[outcomes].var().to_list() == pytest.approx([1, 1], abs=0.01)
    causes = ["resource_constraints", "uncertainty", "collaboration", "firm_size", "firm_age", "digital_spend"]
    products = drawn["uncertainty"] * drawn["collaboration"], drawn["uncertainty"] * drawn["resilience"]
    for outcome in outcomes:
        known = drawn[causes + (["resilience"] if outcome != "resilience" else [])].assign(one=1.0, p=products[0])
        b = dict(zip(known, np.linalg.lstsq(known.to_numpy(), drawn[outcome].to_numpy(), rcond=None)[0], strict=True))
        for name, value in b.items():
            assert value == pytest.approx(nothing.paths[outcome].get(name, 0.0), abs=0.01), (outcome, name)
    kept = truth.correlations["resource_constraints"]["collaboration"]
    assert drawn["resource_constraints"].corr(drawn["collaboration"]) == pytest.approx(kept, abs=0.01)


def test_with_the_true_effects_the_population_is_that_of_the_study(truth, study):
    true = population(truth, study, "effects", 300)
    for part in ("paths", "differences", "residual_variances", "correlations", "items", "thresholds", "trends"):
        assert getattr(true, part) == getattr(truth, part)
    assert (true.careless.share, true.panel.firms) == (0, {})
    assert {w.firms for w in true.waves.values()} == {300}


def test_a_sample_is_what_the_later_stages_read(truth, study, tmp_path):
    made = draw(population(truth, study, "effects", 300), study, 5)
    results.write("respondents", made, tmp_path / "respondents.parquet")
    assert made["wave"].value_counts().to_dict() == dict.fromkeys(study.waves, 300)
    assert made["respondent"].is_unique and made["firm"].is_unique
    missing = made[list(study.items)].isna().mean(axis=None)
    assert 0.005 < missing < 0.04
    controls = waves.controls(made, study)
    assert controls.drop(columns=["respondent", "wave"]).notna().mean().min() > 0.9
    # Reverse-worded items are turned round: every item goes with the rest of its scale
    for items in study.scales().values():
        r = made[list(items)].corr()
        assert (r.to_numpy() > 0.1).all()
    pd.testing.assert_frame_equal(made, draw(population(truth, study, "effects", 300), study, 5))
    assert not made.equals(draw(population(truth, study, "effects", 300), study, 6))


def test_firms_return_only_where_they_should(truth, study):
    times = draw(population(truth, study, "returning", 300), study, 5)["firm"].value_counts()
    assert times.max() == 3 and (times > 1).sum() == sum(truth.panel.firms.values())


def test_every_sample_has_a_seed_of_its_own():
    seeds = [seed_of(SETTINGS, sample, k) for sample in SAMPLES for k in range(50)]
    assert len(set(seeds)) == 150
    assert seed_of(SETTINGS, "zero", 1) == seeds[1]


@pytest.mark.parametrize(
    ("hits", "n", "lower", "upper"),
    [(5, 100, 0.02154368, 0.11175047), (0, 500, 0.0, 0.007624340462), (500, 500, 0.9923756595, 1.0)],
)
def test_intervals_of_shares_are_those_of_wilson(hits, n, lower, upper):
    """R: prop.test(hits, n, correct = FALSE)$conf.int."""
    assert wilson(hits / n, n) == pytest.approx((lower, upper), abs=1e-8)


@pytest.fixture(scope="module")
def script() -> dict:
    """The functions of the script that analyses the samples, without the part that Snakemake runs."""
    path = Path(__file__).parents[2] / "workflow/scripts/false_positives_samples.py"
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    kept = [n for n in parsed.body if isinstance(n, ast.Import | ast.ImportFrom | ast.FunctionDef)]
    names: dict = {}
    exec(compile(ast.Module(kept, []), str(path), "exec"), names)
    return names


def test_a_sample_goes_through_all_that_verdicts_read_and_every_rule_has_a_word_on_it(script, truth, study):
    asked = study.model_copy(update={"draws": 100, "seed": 3})
    drawn = draw(population(truth, study, "effects", 100), study, 5)
    tables = script["estimates"](drawn, asked)
    assert set(tables) == set(SOURCES)
    for name, table in tables.items():
        assert set(table) == set(results.TABLES[name].columns) and len(table), name
    words = pd.concat(script["words"](tables, asked))
    rules = product(("study", "either"), ("none", "holm", "bh"), ("structural model", "regression", BOTH))
    cells = {(*rule, name) for rule in rules for name in study.hypotheses}
    assert set(words[["expect", "correction", "by", "hypothesis"]].itertuples(index=False, name=None)) == cells
    assert len(words) == len(cells) and set(words["word"]) <= set(WORDS)
    assert set(false_positives.COLUMNS) == {*words, "sample", "replication"}
    answered = words[(words["word"] != "not testable") & (words["by"] != BOTH)]
    assert set(zip(answered["by"], answered["hypothesis"], strict=True)) == {
        (method, name) for method in ("structural model", "regression") for name in study.hypotheses
    }


def said(rows: list[tuple[str, ...]], **about) -> pd.DataFrame:
    """Words on H1, H2, ... a row a replication."""
    usual = {"sample": "zero", "expect": "study", "correction": "none", "by": BOTH} | about
    return pd.DataFrame(
        [
            usual | {"replication": k, "hypothesis": f"H{j}", "word": w}
            for k, r in enumerate(rows)
            for j, w in enumerate(r, 1)
        ]
    )


def test_words_are_counted_by_hypothesis_by_sample_and_together():
    yes, no, other = "supported", "not supported", "mixed"
    words = pd.concat([said([(yes, yes), (yes, no), (no, no), (no, other)]), said([(no, no)] * 4, by="regression")])
    found = count(words).set_index(["by", "hypothesis", "word"])
    assert set(found.index.get_level_values("word")) == {*WORDS, "found"}
    share = found["share"]
    assert share[BOTH, "H1", yes] == 0.5 and share[BOTH, "H2", yes] == 0.25
    assert share[BOTH, "any", yes] == 0.5
    assert share[BOTH, "H2", "found"] == 0.5 and share[BOTH, "any", "found"] == 0.75
    assert share[BOTH, "all", yes] == 0.375 and share[BOTH, "all", other] == 0.125
    assert share["regression", "all", no] == 1
    assert found.loc[(BOTH, "H2", yes), ["ci_lower", "ci_upper"]].to_list() == pytest.approx(wilson(0.25, 4))
    # Shares by sample 1, 1/2, 0, 0 vary by 0.2292: as many independent verdicts as .375 (1 - .375) / (.2292 / 4)
    assert found.loc[(BOTH, "all", yes), ["ci_lower", "ci_upper"]].to_list() == pytest.approx(
        wilson(0.375, 0.375 * 0.625 / (0.2291667 / 4)), abs=1e-6
    )
    assert found.loc[("regression", "all", yes), "ci_upper"] == pytest.approx(wilson(0, 4)[1])
    assert set(found["replications"]) == {4}


def test_the_page_tells_the_shares_of_every_hypothesis(study, truth):
    rng = np.random.default_rng(2)
    cells = [
        said(
            [tuple(rng.choice(WORDS, len(study.hypotheses))) for _ in range(8)], sample=s, expect=e, correction=c, by=b
        )
        for s in SAMPLES
        for e in ("study", "either")
        for c in ("none", "holm", "bh")
        for b in ("structural model", "regression", BOTH)
    ]
    shares = count(pd.concat(cells))
    page = false_positives.page(shares, truth, study, SETTINGS)
    rows = [line.split(" | ") for line in page.splitlines() if re.match(r"\| H\d+ ", line)]
    assert len(rows) == 2 * len(study.hypotheses)

    def share(sample: str, name: str, word: str, by: str = BOTH, expect: str = "study") -> str:
        where = f"sample == '{sample}' and hypothesis == '{name}' and word == '{word}' and by == '{by}'"
        found = shares.query(f"{where} and expect == '{expect}' and correction == 'none'")
        return f"{100 * found['share'].item():.1f}"

    nothing, power = rows[: len(study.hypotheses)], rows[len(study.hypotheses) :]
    for name, row in zip(study.hypotheses, nothing, strict=True):
        assert row[0] == f"| {name}"
        assert row[2].startswith(share("zero", name, "supported") + " [")
        assert row[4] == share("zero", name, "mixed")
        assert row[6].startswith(share("zero", name, "supported", BOTH, "either") + " [")
        assert row[8].startswith(share("zero", name, "found", "regression", "either") + " [")
    for name, row in zip(study.hypotheses, power, strict=True):
        assert row[2] == ("yes" if truth.hypotheses[name].holds else "no")
        assert row[4].startswith(share("effects", name, "supported") + " [")
    assert f"{share('zero', 'all', 'supported')} % [" in page
    assert "nan" not in page
