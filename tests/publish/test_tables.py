"""Every table in both languages, from thin studies, and with everything that an estimation can warn of."""

import io
import math
import re

import numpy as np
import pandas as pd
import pytest
from docx import Document
from tests.publish import made_up

from analysis import publish, results
from analysis.publish import labels, tables
from analysis.publish.format import Style
from analysis.publish.render import csv, docx, html, latex
from analysis.publish.table import placed
from analysis.publish.tables import latent_means, mediation
from analysis.publish.tables.model_fit import published
from analysis.publish.words import known

SOURCES = {  # what a table has its rows from
    "screening": ("screening",),
    "nonresponse": ("nonresponse",),
    "missing": ("missing_cases", "missing_variables", "missing_test"),
    "normality": ("normality",),
    "factors": ("factor_numbers",),
    "item_placement": ("efa", "cross_loadings"),
    "discriminant": ("constrained_correlations", "htmt"),
    "rival_models": ("rival_models", "method_models", "harman", "method_correlations"),
    "local_fit": ("local_fit", "modification", "respecifications"),
    "invariance": ("invariance", "invariance_freed"),
    "latent_means": ("latent_means",),
    "regressions": ("regressions", "regression_fit"),
    "regression_checks": ("regression_errors", "regression_diagnostics"),
    "structural": ("structural_parameters", "structural_r2", "second_opinions"),
    "agreement": ("agreement",),
    "structural_rivals": ("structural_rivals",),
    "controls_out": ("controls_out",),
    "dimensions": ("dimension_paths",),
    "mediation": ("structural_effects", "regression_effects"),
    "moderation": ("simple_slopes", "latent_slopes", "johnson_neyman", "conditional_effects", "latent_moderation",
                   "latent_moderation_fit", "regressions"),
    "groups": ("group_paths", "group_differences", "group_contrasts", "regression_groups"),
}  # fmt: skip


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


@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_a_program_without_an_answer_is_named_and_has_no_column(study, tidy, language):
    opinions = tidy["second_opinions"].copy()
    opinions.loc[opinions["source"] == "semopy", "std"] = np.nan
    paths = tables.make("structural", tidy | {"second_opinions": opinions}, study, language)
    assert [c.text for c in paths.header[-1].cells[-2:]] == ["ML", "PLS"]
    table = tables.make("agreement", tidy, study, language)
    assert [c.text for c in table.rows[-1].cells] == ["lavaan", "lavaan", table.rows[0].cells[2].text, "–", "–", ""]
    assert "R with 50% was_not found" in notes(table)


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
        ["", "left out", "30 (4)", "30 (4)"], ["20 items", "left out", "30 (4)", "30 (4)"],
        ["SD 0.5", "only flagged", "30 (4)", "–"],
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
    assert "ME – SK, in the program’s words: “the model with 50% did_not converge”." in notes(table)


def told(rows, language="en", study=None) -> list[str]:
    return ["".join(run.text for run in remark) for remark in labels.remarks(rows, Style(language), study)]


def test_remarks_are_told_once_and_whole():
    unknown = "nothing like it: x; y and z"
    rows = [("A", f"one dimension: no CR, AVE or H | {unknown}"), ("B", "one dimension: no CR, AVE or H"), ("C", "")]
    words = ["A; B: one dimension: no CR, AVE or H.", f"A, in the program’s words: “{unknown}”."]
    assert told(rows) == words
    assert told(rows, "zh")[0] == "A；B：仅一个维度，无 CR、AVE 与 H。"
    assert told([(str(k), "one dimension: no CR, AVE or H") for k in range(9)])[0].startswith("9 rows: ")


def test_a_remark_within_a_remark_is_put_in_words_without_the_advice_of_the_engine():
    engine = (
        "improper solution, negative variance: b2~~b2 = -0.05; look for outliers or too few rows, try fewer factors"
    )
    remark = f"loadings held equal, for free ones have no proper solution ({engine})"
    assert told([("A", remark)], "zh") == [
        "A：载荷设为相等，因自由估计时没有正常解（出现不当解，负方差：b2 = −0.05）。"
    ]
    assert told([("A", f"with the correlation held: {engine}")]) == [
        "A: with the correlation held: improper solution, negative variance: b2 = −0.05."
    ]


def test_constructs_in_remarks_bear_their_symbols(study):
    assert told([("A", "skill: one item, not in the CFA")], "zh", study) == [
        "A：SK 仅一个题项，不在验证性因子分析之内。"
    ]
    assert told([("A", "its interval excludes 1: the two are distinct")], "en", study) == []


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
    assert "reworded or rescaled: Size & kind of firm?, continuous: b1 (loading)." in note
    assert "same item or dimension: Size & kind of firm?, ordinal, RE: c1 (intercept, residual variance)." in note


def test_freed_parameters_are_put_in_words(study, tidy):
    made = (tables.make("invariance", made_up.astray(tidy), study, language) for language in publish.LANGUAGES)
    english, chinese = map(notes, made)
    assert "SK: b1 (threshold 1/2, loading, intercept, residual variance), Money (loading, intercept)." in english
    assert "SK：b1（阈值1/2、载荷、截距、残差方差）、资金（载荷、截距）。" in chinese
    assert not re.search(r"=~|~1|~~|\|t", english + chinese)


def test_a_construct_that_cannot_be_judged_is_named_and_hides_none_of_the_others(study, tidy):
    made = tables.make("invariance", made_up.astray(tidy), study, "en")
    lines = [(r.cells[0].text, r.cells[-1].text) for r in made.rows]
    assert lines[-7:-1] == [
        ("Configural: RE", "not judged"), ("Thresholds: ME", "yes"), ("Metric: ME", "yes"), ("Scalar: ME", "yes"),
        ("Strict: ME", "no"), ("Partial strict: ME", "yes"),
    ]  # fmt: skip
    assert "Wave, ordinal, RE: not estimated (the model has too few)" in notes(made)
    assert "the rung before cannot be judged" not in notes(made)


def test_every_construct_whose_ladder_ends_at_a_rung_is_shown(study, tidy):
    ladders = tidy["invariance"].copy()
    ladders.loc[(ladders["treatment"] == "ordinal") & ladders["construct"].isin(["skill", "result"])
                & (ladders["rung"] == "scalar"), "holds"] = ["no", "", "no", ""]  # fmt: skip
    rows = tables.make("invariance", tidy | {"invariance": ladders}, study, "en").rows
    lines = [(r.cells[0].text, r.cells[-1].text) for r in rows]
    assert lines.count(("Scalar: SK", "no")) == 2 and lines.count(("Scalar: RE", "not judged")) == 2
    assert ("Scalar: ME", "yes") not in lines and lines.count(("Strict: ME", "no")) == 2


@pytest.mark.parametrize(("language", "told"), [("en", "group Large left out (answers: 1, needed: 50)"),
                                                ("zh", "“大”组未纳入（作答1份，至少需要50份）")])  # fmt: skip
def test_groups_are_named_and_one_alone_is_not_compared(study, tidy, language, told):
    made = tables.make("invariance", made_up.astray(tidy), study, language)
    attribute = study.codebook["size"].text[language]
    head = {"en": f"{attribute}: could not be compared", "zh": f"{attribute}：无法比较"}[language]
    assert made.rows[-1].cells[0].text == head and made.rows[-1].kind == "group"
    assert f"{attribute}{Style(language).say('unit.colon')}{told}" in notes(made)
    assert not any("1 groups" in r.cells[0].text or "1组" in r.cells[0].text for r in made.rows)


def test_symbols_of_constructs_have_a_key_under_the_invariance_table(all_tables):
    assert "ME = Means; SK = Skill; RE = Result." in notes(all_tables["invariance", "en"])


def test_means_that_cannot_be_compared_are_not_shown(study, tidy):
    means = tidy["latent_means"].assign(est=math.nan, se=math.nan, pvalue=math.nan, basis="not scalar")
    table = tables.make("latent_means", tidy | {"latent_means": means}, study, "en")
    assert {c.text for r in table.rows for c in r.cells[1:]} == {"–"}
    assert "in the program’s words: “not scalar”" in notes(table)


def test_groups_with_too_few_answers_are_named_in_place_of_their_means(study, tidy, monkeypatch):
    size = "Size & kind of firm?"
    made = tables.make("latent_means", tidy, study, "en")
    assert [c.text for c in made.header[1].cells] == ["Construct or dimension", "2024", "Large"]
    assert f"First group of Wave: 2023. First group of {size}: Small." in notes(made)
    monkeypatch.setattr(latent_means, "SHORT", 4)
    made = tables.make("latent_means", tidy, study, "en")
    assert made.header[1].cells[-1].text == "2" and f"{size}: 2 = Large." in notes(made)
    made = tables.make("latent_means", made_up.astray(tidy), study, "en")
    assert made.header[1].cells[-1].text == "" and {r.cells[-1].text for r in made.rows} == {"–"}
    assert f"{size}, Large: left out (answers: 1, needed: 50)." in notes(made) and "2 = Large" not in notes(made)


def test_a_reason_that_not_all_constructs_share_names_its_constructs(study, tidy):
    means = tidy["latent_means"].copy()
    lost = (means["grouping"] == "wave") & (means["construct"] == "skill")
    means.loc[lost, "est"], means.loc[lost, "basis"] = math.nan, "not comparable: scalar invariance does not hold"
    note = notes(tables.make("latent_means", tidy | {"latent_means": means}, study, "zh"))
    assert "轮次、能力（SK）：不可比较（尺度等值不成立）。" in note


def test_how_many_factors_each_rule_keeps_stands_beside_how_many_the_study_has(study, tidy):
    assert "平行分析保留的因子数：2（Pearson）、2（多分格）" in notes(tables.make("factors", tidy, study, "zh"))
    numbers = tidy["factor_numbers"].assign(map_least=False)
    numbers.loc[numbers["kind"] == "polychoric", ["eigenvalue", "random_95", "map"]] = math.nan
    note = notes(tables.make("factors", tidy | {"factor_numbers": numbers}, study, "en"))
    assert "parallel analysis: 2 (Pearson), – (polychoric); components with the least MAP: 0 (Pearson), –" in note
    assert "3 scales of two items or more, if dimensions are counted and not their constructs, and 3 constructs" in note


def test_items_that_do_not_load_with_their_scale_are_marked(study, tidy):
    table = tables.make("item_placement", made_up.astray(tidy), study, "en")
    lines = placement(table)
    assert lines["a1"] == [".700", "1", "", "", ".500", ".600", "−.220", "RE"]
    assert lines["a2"][:4] == [".500†", "2", ".350", "1"]
    assert lines["a3"][:5] == ["–", "", "", "", ""]  # a dimension of one item is in no exploratory solution
    assert lines["c3"][5:] == [".600", "−.650‡", "ME"]
    heads = [r.cells[0].text for r in table.rows if r.kind == "group"]
    assert heads == ["Means (ME)", "Money, factor 1", "Time", "Skill (SK), factor 2", "Result (RE), factor 2"]
    assert "† Not with its scale (items: 1)" in notes(table) and "‡ Goes more with another construct" in notes(table)
    assert "do not tell them apart: Skill (SK), Result (RE) (factor 2)." in notes(table)
    assert ".500†" in shown(csv.render, table)


def test_items_that_load_with_their_scale_are_said_to(all_tables):
    for language, words in (("en", "Every item loads most on the factor of its scale"), ("zh", "均在所属量表的因子上")):
        told = notes(all_tables["item_placement", language])
        assert words in told and not re.search("[†‡]|tell them apart|未能区分", told)


def test_a_weak_and_a_reversed_item_are_marked(study, tidy):
    efa = tidy["efa"].copy()
    efa.loc[(efa["item"] == "c2") & (efa["factor"] == 3), "loading"] = -0.6
    efa.loc[(efa["item"] == "b1") & (efa["factor"] == 2), "loading"] = 0.29
    lines = placement(tables.make("item_placement", tidy | {"efa": efa}, study, "en"))
    assert [lines[item][0] for item in ("c1", "c2", "b1")] == [".700", "−.600†", ".290†"]


def placement(table) -> dict[str, list[str]]:
    """The cells of each item."""
    return {r.cells[0].text.split("  ")[0]: [c.text for c in r.cells[1:]] for r in table.rows if r.kind == "data"}


def test_what_a_method_factor_changes_most_is_in_the_note(all_tables):
    note = notes(all_tables["rival_models", "en"])
    assert "30.0%" in note and "cannot rule method bias out" in note and "from .400 to .370" in note


def test_respecifications_are_told_or_that_there_are_none(study, tidy, all_tables):
    assert "Added by the study: c1 ↔ c2 (Both 50% alike); Δχ²(1) = 6.50, p = .011." in notes(
        all_tables["local_fit", "en"]
    )
    none = tidy | {"respecifications": tidy["respecifications"].iloc[:0]}
    assert "not respecified" in notes(tables.make("local_fit", none, study, "en"))


def test_programs_that_disagree_are_said_to(study, tidy, all_tables):
    assert [r.cells[4].text for r in all_tables["agreement", "en"].rows] == ["< .0001", ".0002", ".0200", "–"]
    apart = tidy["agreement"].assign(largest=0.02, outcome="result", predictor=["skill", "age", "size_2", "skill"])
    table = tables.make("agreement", tidy | {"agreement": apart}, study, "en")
    paths = [r.cells[5].text for r in table.rows]
    assert paths == ["SK → RE", "Age in years_of firm → RE", "Size & kind of firm? – Large → RE", "SK → RE"]
    assert "apart although the model is the same: ML, semopy, lavaan." in notes(table)
    assert "apart although" not in notes(all_tables["agreement", "en"])


def texts(table) -> list[list[str]]:
    return [[c.text for c in r.cells] for r in table.rows]


def test_the_regressions_show_f2_and_name_their_errors(study, tidy, all_tables):
    table = all_tables["regressions", "en"]
    terms = {r.cells[0].text: r for r in table.rows}
    assert terms["Means (ME)"].cells[-1].text == "0.012"
    assert terms["f² of the step"].cells[1].text == "0.145"
    assert "standard error (HC3)" in notes(table) and "ME" not in notes(table)
    assert "SK; RE, in the program’s words: “a term_x was lost”." in notes(table)
    clustered = tidy["regression_fit"].assign(errors="cluster: size")
    note = notes(tables.make("regressions", tidy | {"regression_fit": clustered}, study, "zh"))
    assert "标准误（按企业规模？聚类）" in note


def test_standard_errors_side_by_side(study, tidy, all_tables):
    table = all_tables["regression_checks", "en"]
    assert [c.text for c in table.header[0].cells] == ["", "", "SE", "SE clustered by"]
    heads = table.header[1].cells
    assert [c.text for c in heads[1:]] == ["B", "classical", "HC3", "Wave", "Firm", "Size & kind of firm?"]
    assert [c.runs[0].bold for c in heads[1:]] == [False, False, True, False, False, False]
    lines = {r.cells[0].text: [c.text for c in r.cells[1:]] for r in table.rows}
    assert lines["Intercept"] == ["0.200", "0.050***", "0.050***", "–", "0.050", "0.050"]  # no stars by two clusters
    assert lines["Number of clusters"] == ["", "", "", "2", "2", "2"]
    assert lines["RESET, curvature"] == ["F(2, 1017) = 4.84, p = .008"]
    assert lines["Cook’s distance"] == ["respondents beyond 0.004: 48; largest 0.036"]
    assert lines["Studentised residual"] == ["respondents beyond ±4.080: 1; largest 4.118, p = .042"]
    assert lines["Jarque–Bera, normal residuals"] == ["–"]
    assert "normal residuals), in the program’s words: “no residual_is left”" in notes(table)
    assert "residuals sum to 0" in notes(table) and "no error: residuals" not in notes(table)
    many = tidy["regression_errors"].assign(clusters=20.0)
    rows = tables.make("regression_checks", tidy | {"regression_errors": many}, study, "en").rows
    assert [r.cells[5].text for r in rows if r.cells[0].text == "Intercept"] == ["0.050***"] * 2


def test_effects_by_both_methods(all_tables):
    table = all_tables["mediation", "en"]
    lines = {line[0]: line[1:] for line in texts(table)}
    assert list(lines)[:5] == ["ME → RE", "Direct", "Indirect, via SK (H3)", "Total", "Share that is indirect"]
    assert lines["Direct"][:5] == ["0.400", "0.050", "[0.300, 0.500]", "< .001", ".200"]
    assert lines["Indirect, via SK (H3)"][5] == "0.150"
    assert lines["Share that is indirect"][4:7] == ["", "–", ""]
    note = notes(table)
    assert "Structural model: 5,000 draws of respondents (n = 1,000), 3 without a value." in note
    assert "improper solution: 7" in note and "Seed 20240229." in note
    assert "ME → RE: Total, in the program’s words: “the total_effect is 50% made up”." in note
    assert "opposite signs (suppression)" in note and "no share: opposite" not in note
    assert "All three kinds" in note


def test_intervals_that_do_not_agree_are_named(study, tidy):
    found = tidy["structural_effects"].copy()
    found.loc[found["effect"] == "direct", "bca_lower"] = -0.01
    note = notes(tables.make("mediation", tidy | {"structural_effects": found}, study, "en"))
    assert "do not agree whether 0 lies inside: ME → RE: Direct (Structural model)." in note


@pytest.fixture(scope="module")
def lucky(tmp_path_factory):
    described = made_up.study(tmp_path_factory.mktemp("luck"), luck=True)
    return described, made_up.tidy(described)


def test_two_indirect_effects_of_one_source_are_added_and_contrasted(lucky):
    study, tidy = lucky
    lines = [line[0] for line in texts(tables.make("mediation", tidy, study, "en"))]
    start = lines.index("ME → RE")
    assert lines[start : start + 6] == [
        *("ME → RE", "Direct", "Indirect, via SK (H3)", "Indirect, via LU (H8)", "Indirect, via LU → SK"),
        "Total indirect",
    ]
    assert lines[lines.index("Differences between indirect effects") + 1 :] == [
        "H3 − H8", "(ME → SK → RE) − (ME → LU → SK → RE)", "(ME → LU → RE) − (ME → LU → SK → RE)",
    ]  # fmt: skip


def test_of_many_contrasts_those_that_nobody_claims_are_counted(lucky, monkeypatch):
    study, tidy = lucky
    monkeypatch.setattr(mediation, "MOST", 2)
    table = tables.make("mediation", tidy, study, "en")
    assert [line[0] for line in texts(table)][-2:] == ["Differences between indirect effects", "H3 − H8"]
    assert "Further contrasts, 2 in all" in notes(table)


def test_moderation_by_both_methods(lucky):
    study, tidy = lucky
    table = tables.make("moderation", tidy, study, "en")
    lines = texts(table)
    heads = [line[0] for line in lines if len(line) == 1]
    assert heads == [
        "H4: Means → Result, moderated by Skill",
        "H6: Means → Skill → Result, with ME → SK moderated by Luck",
        "H7: Means → Skill → Result, with ME → SK, SK → RE moderated by Luck",
    ]
    first = {line[0]: line[1:] for line in lines[1:6]}
    product = tidy["regressions"].query("outcome == 'result' and term == 'means:skill'").iloc[-1]
    assert first["ME × SK → RE"][0] == "0.250"
    assert first["ME × SK → RE"][5] == f"{product.b:.3f}".replace("-", "−")
    assert first["ME → RE, SK = M − 1 SD"][:2] == ["0.300", "0.050"] and first["ME → RE, SK = M − 1 SD"][4] == ""
    assert first["ME → RE, SK = M + 1 SD"][5] == "−0.300"
    assert first["ME → RE, Johnson–Neyman"] == [
        "positive where SK < 2.50 (37.5% of respondents); negative where SK > 4.50 (12.5% of respondents)"
    ]
    last = {line[0]: line[1:] for line in lines[6:]}
    assert last["Index of moderated mediation"][0] == "0.070" and last["Index of moderated mediation"][5] == "0.100"
    assert last["Indirect effect, high minus low"][:6] == ["", "", "", "", "", "0.200"]
    assert "χ²(40) = 110.10, p < .001, CFI = .957" in notes(table)
    assert "2.00 is_outside" in notes(table)


@pytest.mark.parametrize(
    ("p", "boundaries", "said"),
    [
        ((0.01, 0.01, 0.01), (), "positive wherever SK was observed, 1.00 to 5.00 (100.0% of respondents)"),
        ((0.2, 0.2, 0.2), (), "not significant wherever SK was observed, 1.00 to 5.00"),
        ((0.2, 0.01, 0.2), (2.0, 4.0), "positive where 2.00 < SK < 4.00 (50.0% of respondents)"),
        ((0.01, 0.2, 0.2), (2.0,), "positive where SK < 2.00 (25.0% of respondents)"),
        ((0.2, 0.01, 0.01), (2.0,), "positive where SK > 2.00 (75.0% of respondents)"),
    ],
)
def test_the_region_of_significance_in_words(study, tidy, p, boundaries, said):
    grid = np.linspace(1, 5, 17)
    values = pd.DataFrame(
        {"value": grid, "boundary": np.isin(grid, boundaries), "below": (grid - 1) / 4, "slope": 0.3,
         "pvalue": np.select([grid < 2, grid < 4], p[:2], p[2]), "hypothesis": "H4", "outcome": "result",
         "predictor": "means", "moderator": "skill"}
    )  # fmt: skip
    lines = texts(tables.make("moderation", tidy | {"johnson_neyman": values}, study, "en"))
    assert [line[1] for line in lines if line[0].endswith("Johnson–Neyman")] == [said]


def test_rivals_of_the_structural_model(all_tables):
    table = all_tables["structural_rivals", "en"]
    remarks = {line[0]: line[-1] for line in texts(table)}
    assert [name for name, remark in remarks.items() if remark] == ["Constructs correlate, no structure"]
    assert "SK → RE turned round" in remarks
    note = notes(table)
    assert "with direct paths, in the program’s words: “it did_not converge”." in note
    assert "equivalent to study" not in note and "no comparison" not in note


def test_controls_in_and_out(all_tables):
    table = all_tables["controls_out", "en"]
    assert texts(table)[1] == ["Means (ME)", ".400***", "< .001", ".350", ".060", "−.050"]
    assert "Age in years_of firm" in notes(table) and "Large" in notes(table)


def test_dimensions_stand_under_their_construct(all_tables):
    rows = all_tables["dimensions", "en"].rows
    assert [(r.cells[0].text, r.indent) for r in rows[:4]] == [
        ("On Skill (SK)", 0), ("Means (ME)", 1), ("Money", 2), ("Time", 2),
    ]  # fmt: skip
    assert ("Skill (SK)", 1) in [(r.cells[0].text, r.indent) for r in rows[4:]]
    assert "SK; RE, in the program’s words: “told_apart hardly”." in notes(all_tables["dimensions", "en"])


def test_groups_are_named_by_their_answers(all_tables):
    table = all_tables["groups", "en"]
    heads = [line[0] for line in texts(table) if len(line) == 1]
    assert heads == [
        "Wave: 1 = 2023 (n = 300); 2 = 2024 (n = 301). Metric invariance holds in part.",
        "Size & kind of firm?: 1 = Small (n = 300); 2 = Large (n = 301). Equal loadings are NOT established; see the "
        "note.",
    ]
    lines = {line[0]: line[1:] for line in texts(table)}
    assert lines["ME → SK"] == [
        *(
            "0.10 (0.05)",
            "0.50 (0.05)***",
            "9.50 (1)",
            ".002",
            ".004",
            ".003",
            "2 > 1",
            "4.50 (1, 900)",
            ".030",
            ".090",
        ),
    ]
    assert lines["SK → RE"][6] == "" and lines["SK: level"][-3:] == ["4.50 (1, 900)", ".030", ".090"]
    assert lines["All paths"][2:4] == ["20.50 (3)", "< .001"]
    note = notes(table)
    assert "firm?: not comparable (metric_invariance does not hold)." in note
    assert "Wave; Size & kind of firm?, in the program’s words: “controls_left out”." in note
    assert "firm? (Regression), in the program’s words: “a group_is small”." in note


def test_many_groups_leave_their_errors_to_the_tidy_table(study, tidy):
    paths = tidy["group_paths"]
    wave = paths[paths["grouping"] == "wave"]
    many = pd.concat([wave.assign(group=str(g)) for g in range(2021, 2026)])
    table = tables.make(
        "groups", tidy | {"group_paths": many.drop_duplicates(["group", "predictor", "outcome"])}, study, "en"
    )
    assert texts(table)[1][1] == "0.10" and "in estimates/group_paths.csv" in notes(table)


@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_pairs_of_groups_have_a_column_only_where_some_differ(study, tidy, all_tables, language):
    alike = tables.make(
        "groups", tidy | {"group_contrasts": tidy["group_contrasts"].assign(pvalue_holm=0.4)}, study, language
    )
    pairs = {"en": "Pairs", "zh": "组间比较"}[language]
    heads = [[c.text for c in t.header[1].cells] for t in (all_tables["groups", language], alike)]
    assert [pairs in names for names in heads] == [True, False]
    assert len(alike.columns) == len(all_tables["groups", language].columns) - 1
    assert all(sum(c.span for c in r.cells) == len(alike.columns) for r in alike.rows if r.kind != "group")
    assert {"en": "No two groups", "zh": "没有任何两组"}[language] in notes(alike)


def test_each_method_says_what_it_finds_and_the_rule_is_stated(lucky, all_tables, tmp_path):
    study, tidy = lucky
    lines = {line[0]: line[1:] for line in texts(tables.make("hypotheses", tidy, study, "en"))}
    p = lines["H6"][5]
    assert lines["H1"][-3:] == ["yes, p < .001", "yes, p < .001", "Supported"] and lines["H1"][4] == "z = 6.00"
    assert lines["H6"][-3:] == [f"yes, p {p}", f"no, p {p}", "Mixed"] and lines["H6"][4] == ""
    told = notes(tables.make("hypotheses", tidy, study, "en"))
    assert lines["H5"][-3:] == ["in part, p = .010", "in part, p = .010", "Mixed"] and "differ by some" in told
    assert "H5 (Structural model): Size & kind of firm? p < .05. H5 (Regression): Size & kind of firm? p ≥ .05." in told
    assert "H5 (Regression), Size & kind of firm?: 2 clusters are few" in told
    assert "H5 (Regression), Size & kind of firm?, in the program’s words: “a second_aside”." in told
    assert "Structural model: n = 1,003. Regressions: n = 1,000; standard errors: HC3." in told
    chinese = notes(tables.make("hypotheses", tidy, study, "zh"))
    assert "聚类仅2个" in chinese and "p ≥ 0.05。" in chinese and "结构模型：n = 1003。" in chinese
    assert lines["H1"][5:7] == ["< .001", ".002"]  # as it is, and by Holm
    assert texts(all_tables["hypotheses", "en"])[4][-3:] == ["–", "–", "Not testable"]
    note = notes(all_tables["hypotheses", "en"])
    assert "those that have an answer: structural model, regression; where they differ, it is mixed" in note
    assert "uncorrected for the number of hypotheses" in note
    assert "H5 (Structural model); H5 (Regression), in the program’s words: “no test_of it”." in note
    judged = "verdicts: {decided_by: [regression], correction: bh}"
    other = made_up.study(tmp_path, judged=judged)
    table = tables.make("hypotheses", made_up.tidy(other), other, "en")
    assert "The verdict is that of one method: regression." in notes(table)
    assert "corrected by Benjamini and Hochberg" in notes(table)
    assert [c.text for c in table.header[1].cells][7] == "p (BH)" and texts(table)[0][7] == ".001"
    assert texts(table)[0][-2] == "yes, p = .001"  # the p that decides


@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_what_bears_on_the_published_paths_is_told(study, tidy, language):
    left_out = "among complete respondents it does not vary, is one respondent's alone, or is implied by the others"
    told = [
        ("MLR", "ControlLeftOut", f"the control size_2 was left out: {left_out}"),
        ("MLR", "Collinearity", "a b_c"),
        ("MLR", "SmallSample", "not this_one"),
        ("ML", "ImproperSolution", "nor this_one"),
    ]
    warnings = pd.DataFrame(told, columns=["estimator", "kind", "note"])
    note = notes(tables.make("structural", tidy | {"structural_notes": warnings}, study, language))
    assert {"en": "Large: left out of the model", "zh": "大：未纳入模型"}[language] in note
    assert "MLR" in note and "“a b_c”" in note and "this_one" not in note


@pytest.mark.parametrize("name", ["mediation", "moderation"])
def test_a_bootstrap_that_takes_no_notice_of_clusters_says_so(tidy, all_tables, tmp_path, name):
    clustered = made_up.study(tmp_path, luck=True, judged="standard_errors: wave")
    told = notes(tables.make(name, made_up.tidy(clustered), clustered, "en"))
    assert "The bootstrap draws respondents, not clusters" in told
    assert "not clusters" not in notes(all_tables[name, "en"])


def test_the_answers_without_a_dummy_are_named(all_tables):
    note = notes(all_tables["regressions", "en"])
    assert "References of the dummies: Size & kind of firm?: Small; Wave: 2023." in note


@pytest.mark.parametrize("name", ["structural", "structural_rivals", "controls_out"])
def test_the_number_of_respondents_of_the_structural_model_is_told(all_tables, name):
    assert "n = 1,003." in notes(all_tables[name, "en"]) and "n = 1003。" in notes(all_tables[name, "zh"])


@pytest.mark.parametrize(
    ("method", "kind", "shown"),
    [
        ("regression", "direct", "t = 2.50"), ("structural model", "group difference", "χ² = 2.50"),
        ("regression", "group difference", "F = 2.50"), ("structural model", "moderated mediation", "z = 2.50"),
        ("regression", "mediation", ""),
    ],
)  # fmt: skip
def test_a_statistic_is_shown_with_its_name(study, tidy, method, kind, shown):
    verdicts = tidy["verdicts"].assign(method=method, kind=kind, statistic=2.5)
    assert texts(tables.make("hypotheses", tidy | {"verdicts": verdicts}, study, "en"))[0][5] == shown


def test_parameters_are_shown_without_the_names_of_the_study_file(all_tables):
    shown = [r.cells[3].text for r in all_tables["local_fit", "zh"].rows if r.cells[3].text]
    assert shown == ["SK → a1", "a1 ↔ c3"]


def test_loadings_that_are_low_or_point_the_other_way_are_marked(study, tidy, all_tables):
    table = tables.make("measurement", made_up.marked(tidy), study, "en")
    first = next(r for r in table.rows if r.cells[0].text.startswith("a1"))
    assert first.cells[1].text == "−.310†‡"
    assert "† Below .50" in notes(table) and "‡ Opposite in sign" in notes(table)
    assert "N = 1,003" in notes(table) and "†" not in notes(all_tables["measurement", "en"])
    item = next(r for r in tables.make("items", made_up.marked(tidy), study, "en").rows if r.cells[0].text == "a2 (R)")
    assert item.cells[9].text == "−.200†"


def test_the_item_of_a_single_construct_is_a_dash_with_a_note(tmp_path):
    single = made_up.study(tmp_path, skill_items="b1")
    table = tables.make("measurement", made_up.tidy(single), single, "zh")
    line = next(r for r in table.rows if r.cells[0].text.startswith("b1"))
    assert line.cells[1].text == "–" and "单题项构念的题项不进入验证性因子分析" in notes(table)
    scales = tables.make("reliability", made_up.tidy(single), single, "en")
    assert [c.text for c in scales.rows[3].cells[3:]] == ["–"] * 5


def test_an_improper_solution_is_told_where_its_loadings_stand(study, tidy):
    fault = tidy["measurement_notes"].assign(estimator="MLR", kind="ImproperSolution")
    assert "To be read with caution: the solution is improper" in notes(
        tables.make("measurement", tidy | {"measurement_notes": fault}, study, "en")
    )


def test_an_ave_below_custom_is_marked(study, tidy, all_tables):
    table = tables.make("reliability", made_up.marked(tidy), study, "en")
    assert table.rows[0].cells[6].text == ".420†" and "AVE below .50" in notes(table)
    assert [c.text for c in all_tables["reliability", "en"].rows[0].cells] == [
        *("Means (ME)", "3", "1,000", ".800 [.750, .850]", ".810 [.760, .860]", ".820", ".610", ".840")
    ]


def test_constructs_that_are_not_told_apart_are_marked_and_named(study, tidy, all_tables):
    poor = made_up.marked(tidy)
    table = tables.make("correlations", poor, study, "en")
    assert table.rows[0].cells[4].text.endswith("†") and "1981): ME – SK." in notes(table)
    assert "criterion is met" in notes(all_tables["correlations", "en"])
    table = tables.make("discriminant", poor, study, "en")
    marked = [[k for k, c in enumerate(r.cells) if "†" in c.text] for r in table.rows]
    assert marked == [[2, 5, 7], [], []]
    assert "† Does not show" in notes(table) and "not shown to be distinct" not in notes(table)
    assert "ME – SK; ME – RE; SK – RE: SK has one item, taken as free of error." in notes(table)


def test_firms_of_several_waves_are_said_to_count_as_different_ones(all_tables, tmp_path):
    names = ("measurement", "model_fit", "regressions", "structural", "mediation", "groups", "hypotheses")
    for name in names:
        assert "Of 960 firms known by an identifier, 60 answered" in notes(all_tables[name, "en"])
    once = made_up.study(tmp_path, waves=1)
    assert "firms" not in notes(tables.make("measurement", made_up.tidy(once), once, "en"))


def test_outliers_name_all_waves_and_their_items(study, tidy):
    outliers = tidy["outliers"].assign(items=[8, 7, 8][: len(tidy["outliers"])])
    note = notes(tables.make("normality", tidy | {"outliers": outliers}, study, "en"))
    assert "χ²(7–8)" in note and "all waves: 9 of 900 (1.0%)" in note


def test_an_unmeasured_method_factor_comes_with_its_test_and_a_caution(study, tidy, all_tables):
    note = notes(all_tables["rival_models", "en"])
    assert "With it the model fits better, Δχ²(4) = 12.00, p = .020." in note and "cannot tell method from" in note
    poor = tidy | {"method_models": tidy["method_models"].assign(pvalue_diff=0.4)}
    assert "does not fit better, Δχ²(4) = 12.00, p = .400." in notes(tables.make("rival_models", poor, study, "en"))
    assert "(Lindell & Whitney, 2001)" in note
