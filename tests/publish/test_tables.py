"""Every table in both languages, from thin studies, and with everything that an estimation can warn of."""

import io
import math
import re

import numpy as np
import pytest
from docx import Document
from tests.publish import made_up

from analysis import publish, results
from analysis.publish import labels, tables
from analysis.publish.format import Style
from analysis.publish.render import csv, docx, html, latex
from analysis.publish.table import placed
from analysis.publish.tables.model_fit import published
from analysis.publish.tables.structural import largest_difference
from analysis.publish.words import known

SOURCES = {  # what a table has its rows from
    "screening": ("screening",),
    "nonresponse": ("nonresponse",),
    "missing": ("missing_cases", "missing_variables", "missing_test"),
    "normality": ("normality",),
    "factors": ("factor_numbers",),
    "discriminant": ("constrained_correlations", "htmt"),
    "rival_models": ("rival_models", "method_models", "harman", "method_correlations"),
    "local_fit": ("local_fit", "modification", "respecifications"),
    "invariance": ("invariance", "invariance_freed"),
    "latent_means": ("latent_means",),
}


def notes(table) -> str:
    return " ".join("".join(run.text for run in note) for note in table.notes)


def shown(render, table) -> str:
    """All the text of a rendered table."""
    content = render(table)
    if render is not docx.render:
        return content.decode("utf-8-sig")
    document = Document(io.BytesIO(content))
    cells = [cell.text for t in document.tables for line in t.rows for cell in line.cells]
    return "\n".join([*cells, *(p.text for p in document.paragraphs)])


def test_every_row_fills_its_columns(all_tables):
    for table in all_tables.values():
        for line in (*table.header, *table.rows):
            last, cell = placed(line)[-1]
            filled = last + cell.span
            assert filled == len(table.columns) or (line.kind == "group" and filled <= len(table.columns)), table.name


def test_both_languages_have_the_same_shape(all_tables):
    for name in publish.TABLES:
        english, chinese = all_tables[name, "en"], all_tables[name, "zh"]
        assert english.columns == chinese.columns
        assert len(english.rows) == len(chinese.rows)
        assert english.title != chinese.title


def test_an_unsupported_hypothesis_looks_like_a_supported_one(all_tables):
    rows = all_tables["hypotheses", "en"].rows
    assert [row.cells[-1].text for row in rows] == [
        "Supported", "Opposite sign", "Not supported", "Not supported", "Not testable",
    ]  # fmt: skip
    assert {(row.kind, row.indent) for row in rows} == {("data", 0)}
    assert {run.bold for row in rows for cell in row.cells for run in cell.runs} == {False}


def test_correlations(all_tables, tidy):
    first, second, _ = all_tables["correlations", "en"].rows
    pair = tidy["correlations"].iloc[0]
    assert first.cells[3].text == ".781"  # the square root of .61
    assert first.cells[3].runs[0].bold
    assert second.cells[3].text == f"{pair.r:.3f}".replace("0.", ".").replace("-", "−") + second.cells[3].stars
    assert first.cells[4].stars == ""


def test_the_difference_to_semopy_is_in_the_note(all_tables):
    assert ".0002" in notes(all_tables["structural", "en"])


@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_a_program_without_an_answer_is_named_and_agrees_with_nobody(study, tidy, language):
    opinions = tidy["second_opinions"].copy()
    silent = opinions["source"] == "semopy"
    opinions.loc[silent, "std"] = np.nan
    opinions.loc[silent, "program"] = "semopy 2: no answer (LinAlgError)"
    assert largest_difference(opinions) is None
    note = notes(tables.make("structural", tidy | {"second_opinions": opinions}, study, language))
    assert {"en": "semopy 2 gave no answer.", "zh": "semopy 2 未给出结果。"}[language] in note
    assert "largest difference" not in note and "相差" not in note and "PLS 1 " not in note


def test_a_difference_that_does_not_exist_is_not_the_largest(tidy):
    opinions = tidy["second_opinions"].copy()
    opinions.loc[opinions.index[opinions["source"] == "semopy"][0], "std"] = np.nan
    assert largest_difference(opinions) == pytest.approx(0.00021)


@pytest.mark.parametrize("kind", results.NOTE_KINDS)
@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_every_warning_is_put_in_words_with_what_it_is_about(study, tidy, kind, language):
    assert known(f"table.model_fit.warnings.{kind}")
    note = notes(tables.make("model_fit", made_up.warned(kind, tidy), study, language))
    about = {
        "MissingValues": {"en": "missing", "zh": "缺失"},
        "ControlLeftOut": {"en": ": Size & kind of firm? – Large.", "zh": "：企业规模？——大。"},
    }
    assert about.get(kind, {}).get(language, f"a b_c: {kind}") in note
    improper = kind in ("NotConverged", "SingularInformation", "ImproperSolution", "NotEstimated")
    assert ("All models converged" in note or "所有模型均正常收敛" in note) != improper


def test_a_verdict_of_a_doubtful_model_bears_a_dagger_that_the_note_explains(study, tidy, all_tables):
    doubtful = tables.make("hypotheses", made_up.warned("ImproperSolution", tidy), study, "en")
    assert [row.cells[-1].text.endswith(" †") for row in doubtful.rows] == [True, True, True, False, False]
    assert "† To be read with caution (H1, H2, H3): in the structural model, the solution is improper" in notes(
        doubtful
    )
    assert r"\dag{}" in latex.render(doubtful).decode()
    assert "†" not in shown(csv.render, all_tables["hypotheses", "en"])


@pytest.mark.parametrize(("level", "en", "zh"), [(0.05, "< .05 ", "< 0.05 "), (0.005, "< .005 ", "< 0.005 ")])
def test_the_level_of_significance_is_shown_with_all_its_digits(study, tidy, level, en, zh):
    stricter = study.model_copy(update={"significance": level})
    assert en in notes(tables.make("hypotheses", tidy, stricter, "en"))
    assert zh in notes(tables.make("hypotheses", tidy, stricter, "zh"))


def test_what_belongs_to_an_index_is_of_the_same_version():
    fit = {"rmsea": 0.05, "rmsea_ci_lower": 0.04, "rmsea_ci_upper": 0.06, "rmsea_scaled": 0.03, "cfi": 0.9}
    fit |= {"rmsea_robust": 0.02, "rmsea_ci_lower_robust": math.nan, "chisq": 9.0, "chisq_scaled": 8.0, "df": 3.0}
    chosen = published(fit)
    assert (chosen["rmsea"], chosen["cfi"], chosen["chisq"]) == (0.02, 0.9, 8.0)
    assert math.isnan(chosen["rmsea_ci_lower"]) and math.isnan(chosen["rmsea_ci_upper"]) and math.isnan(chosen["df"])


def test_the_tables_of_models_say_listwise_and_how_many_respondents_each_rests_on(all_tables):
    for name in ("model_fit", "regressions"):
        assert "listwise" in notes(all_tables[name, "en"]) and "成列删除" in notes(all_tables[name, "zh"])
    fit = all_tables["model_fit", "en"]
    assert fit.header[0].cells[1].text == "N"
    assert {row.cells[1].text for row in fit.rows} == {"1,003"}
    foot = [row for row in all_tables["regressions", "en"].rows if row.cells[0].text == "N"]
    assert foot and all(row.cells[1].text == "1,000" for row in foot)


def test_kept_is_not_called_analysed(all_tables):
    assert "Kept" in shown(csv.render, all_tables["case_flow", "en"])
    assert "nalysed" not in shown(csv.render, all_tables["case_flow", "en"])
    assert "保留" in shown(csv.render, all_tables["case_flow", "zh"])
    assert "进入分析" not in shown(csv.render, all_tables["case_flow", "zh"])


def test_stars_are_explained_where_they_stand(all_tables):
    for table in all_tables.values():
        explained = any(run.text.startswith("*") for run in table.notes[-1])
        assert explained == bool(table.starred()), table.name


@pytest.mark.parametrize("render", [csv.render, docx.render, html.render, latex.render])
@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_synthetic_data_say_so(all_tables, language, render):
    for name in publish.TABLES:
        assert "SYNTHETIC" in shown(render, all_tables[name, language]), name


@pytest.mark.parametrize(
    "thin",
    [
        {"waves": 1, "synthetic": False, "controls": ""},
        {"skill_items": "b1", "skill": "An unusually long label of a construct, " * 5},
    ],
)
def test_thin_studies(tmp_path, thin):
    study = made_up.study(tmp_path, **thin)
    tidy = made_up.tidy(study)
    tidy["second_opinions"] = tidy["second_opinions"].iloc[:0]
    tidy["sample"] = tidy["sample"].iloc[:0]
    numbers = ("se", "statistic", "pvalue", "ci_lower", "ci_upper", "std_ci_lower", "std_ci_upper")
    tidy["verdicts"] = tidy["verdicts"].assign(verdict="not testable", **dict.fromkeys(numbers, np.nan))
    for language in publish.LANGUAGES:
        for name in publish.TABLES:
            table = tables.make(name, tidy, study, language)
            for render in (csv.render, docx.render, html.render, latex.render):
                assert not re.search(r"\bnan\b", shown(render, table).lower()), (name, language)
            assert ("SYNTHETIC" in str(table.notes)) == study.synthetic


@pytest.mark.parametrize("render", [csv.render, docx.render, html.render, latex.render])
def test_tables_without_anything_say_so(study, tidy, render):
    for name, sources in SOURCES.items():
        bare = tidy | {source: tidy[source].iloc[:0] for source in sources}
        for language in publish.LANGUAGES:
            table = tables.make(name, bare, study, language)
            assert not table.rows, name
            assert "SYNTHETIC" in shown(render, table)


def test_a_rule_that_a_wave_cannot_apply_is_no_zero(all_tables):
    table = all_tables["screening", "en"]
    assert [[c.text for c in r.cells][1:] for r in table.rows] == [
        ["", "left out", "30 (4)", "30 (4)"], ["20", "left out", "30 (4)", "30 (4)"],
        ["0.5", "only flagged", "30 (4)", "–"],
    ]  # fmt: skip
    assert "could not be applied" in notes(table)


def test_the_comparison_of_early_and_late_counts_its_tests(all_tables):
    assert "Of 8 tests, none of them corrected for their number, 8 have p < .05" in notes(
        all_tables["nonresponse", "en"]
    )


def test_missing_answers_by_case_construct_and_variable(all_tables):
    table = all_tables["missing", "en"]
    lines = {r.cells[0].text: [c.text for c in r.cells[1:]] for r in table.rows if r.kind != "group"}
    assert lines["0"] == ["88.2"] * 3 and lines["3–5"] == ["2.0"] * 3 and lines["2"] == ["0.0"] * 3
    assert lines["Size & kind of firm?"] == ["2.0"] * 3
    assert lines["p"] == [".420"] * 3
    assert "does not prove" in notes(table)


def test_the_factors_that_a_rule_retains_are_bold(all_tables):
    table = all_tables["factors", "en"]
    bold = [[c.text for c in r.cells if c.runs and c.runs[0].bold] for r in table.rows]
    assert len(table.rows) == 6  # two beyond the four of MAP
    assert bold == [["4.00"] * 2, ["2.00"] * 2, [], [".0125"] * 2, [], []]


def test_items_that_have_no_polychoric_correlations_are_named(study, tidy):
    numbers = tidy["factor_numbers"].copy()
    numbers.loc[numbers["kind"] == "polychoric", "note"] = "left out: a1"
    note = notes(tables.make("factors", tidy | {"factor_numbers": numbers}, study, "en"))
    assert "Polychoric correlations, in the program’s words: “left out: a1”." in note


def test_a_missing_test_of_a_correlation_is_explained(study, tidy):
    held = tidy["constrained_correlations"].copy()
    held.loc[0, ["chisq_diff", "pvalue_diff"]] = math.nan
    table = tables.make("discriminant", tidy | {"constrained_correlations": held}, study, "en")
    assert table.rows[0].cells[3].text == "–"
    assert "ME – SK Δχ², in the program’s words: “the model with 50% did_not converge”." in notes(table)


def test_remarks_are_told_once_without_advice():
    rows = [("A", "improper; it involves x; look for outliers; reaches 1"), ("B", "improper; it involves y"), ("C", "")]
    told = ["".join(run.text for run in remark) for remark in labels.remarks(rows, Style("en"))]
    assert told == ["A; B, in the program’s words: “improper”.", "A, in the program’s words: “reaches 1”."]


def test_the_construct_that_holds_worst_stands_for_its_rung(study, tidy):
    ladders = tidy["invariance"].copy()
    worst = (ladders["construct"] == "skill") & (ladders["rung"] == "scalar")
    ladders.loc[worst, "delta_cfi"] = -0.02
    failing = (ladders["construct"] == "result") & (ladders["rung"] == "metric")
    ladders.loc[failing, "holds"] = "no"
    rows = tables.make("invariance", tidy | {"invariance": ladders}, study, "en").rows
    shown = [(r.cells[0].text, r.cells[-1].text) for r in rows if ": " in r.cells[0].text and r.kind != "group"]
    assert shown[:2] == [("Second-order metric: ME", "yes"), ("Second-order scalar: ME", "yes")]
    assert shown[2:5] == [("Thresholds: ME", "yes"), ("Metric: RE", "no"), ("Scalar: SK", "yes")]
    assert shown[5:7] == [("Strict: ME", "no"), ("Partial strict: ME", "yes")]


def test_what_was_freed_is_told_with_its_reason(all_tables):
    note = notes(all_tables["invariance", "en"])
    assert "reworded or rescaled: skill=~b1 (Size & kind of firm?, continuous)." in note
    assert "same item or dimension: c1~1, c1~~c1 (Size & kind of firm?, ordinal, RE)." in note


def test_means_that_cannot_be_compared_are_not_shown(study, tidy):
    means = tidy["latent_means"].assign(est=math.nan, se=math.nan, pvalue=math.nan, basis="not scalar")
    table = tables.make("latent_means", tidy | {"latent_means": means}, study, "en")
    assert {c.text for r in table.rows for c in r.cells[1:]} == {"–"}
    assert "in the program’s words: “not scalar”" in notes(table)


def test_what_a_method_factor_changes_most_is_in_the_note(all_tables):
    note = notes(all_tables["rival_models", "en"])
    assert "30.0%" in note and "cannot rule method bias out" in note and "from .400 to .370" in note


def test_respecifications_are_told_or_that_there_are_none(study, tidy, all_tables):
    assert "Added by the study: c1 ~~ c2 (Both 50% alike); Δχ²(1) = 6.50, p = .011." in notes(
        all_tables["local_fit", "en"]
    )
    none = tidy | {"respecifications": tidy["respecifications"].iloc[:0]}
    assert "not respecified" in notes(tables.make("local_fit", none, study, "en"))


def test_programs_that_disagree_are_said_to(study, tidy):
    opinions = tidy["second_opinions"].copy()
    opinions.loc[opinions["source"] == "semopy", "std"] += 0.02
    note = notes(tables.make("structural", tidy | {"second_opinions": opinions}, study, "en"))
    assert "do not agree" in note
