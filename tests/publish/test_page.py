"""Numbers, the page and the manifest."""

import hashlib
import json
import math
import re
from html.parser import HTMLParser

import pytest
from tests.publish import made_up

from analysis import publish
from analysis.publish import manifest, numbers, page, tables
from analysis.study import load

STAMP = {"program": "program 1", "commit": "c0ffee", "changed": False, "seed": 1, "description": "d1", "python": "3",
         "packages": {"numpy": "2"}}  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture(scope="module")
def collected(tidy, study):
    return numbers.collect(tidy, study)


def render(folder, study, tidy) -> str:
    files = {}
    for name in publish.FIGURES:
        for language in publish.LANGUAGES:
            for ending, content in (("svg", SVG), ("alt.txt", f"{name} in words")):
                path = folder / f"{name}_{language}.{ending}"
                path.write_text(content, encoding="utf-8")
                files[path.name] = path
    collected = json.loads(numbers.as_json(numbers.collect(tidy, study)))
    return page.render(tidy, study, "study.yaml", collected, STAMP, files).decode()


@pytest.fixture(scope="module")
def html(tmp_path_factory, study, tidy) -> str:
    return render(tmp_path_factory.mktemp("page"), study, tidy)


class Outline(HTMLParser):
    """Ids, internal links, headings and images of a page; fails on tags that are not closed."""

    VOID = {"meta", "img", "br", "input", "link"}

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.levels, self.alts, self.open = [], [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "img":
            self.alts.append(attributes["alt"])
        if re.fullmatch(r"h\d", tag):
            self.levels.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_ids_are_unique_and_links_lead_somewhere(html):
    outline = Outline(html)
    assert len(outline.ids) == len(set(outline.ids))
    assert {f"checklist-{i}" for i in range(1, 48)} <= set(outline.ids)
    assert "checklist-48" not in outline.ids
    assert {link[1:] for link in outline.links if link.startswith("#")} <= set(outline.ids)
    assert all(outline.alts) and len(outline.alts) == 2 * len(publish.FIGURES)


def test_headings_step_down_one_at_a_time(html):
    levels = Outline(html).levels
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))


def test_the_page_stands_alone(html):
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


def test_verdicts_come_first(html):
    assert html.index('id="table-hypotheses"') < html.index('id="table-case_flow"') < html.index('id="checklist-1"')


def test_the_banner_is_there_only_for_synthetic_data(html, tmp_path):
    real = made_up.study(tmp_path, synthetic=False, waves=1)
    assert 'class="synthetic"' in html and "合成数据" in html
    assert "SYNTHETIC" not in render(tmp_path, real, made_up.tidy(real))


def test_the_page_says_how_many_verdicts_are_doubtful(html, tmp_path, study, tidy):
    doubtful = render(tmp_path, study, made_up.warned("Collinearity", tidy))
    assert "Verdicts marked † in the table: 3." in doubtful and "表中标†的结论：3个" in doubtful
    assert "Verdicts marked †" not in html


def test_the_title_of_a_figure_is_its_own(html, tmp_path):
    once = made_up.study(tmp_path, waves=1)
    assert "Means of the Constructs by Wave" in html
    assert "Means of the Constructs by Wave" not in render(tmp_path, once, made_up.tidy(once))


def test_the_page_shows_the_stamp_it_is_given(html):
    assert "<code>c0ffee</code>" in html


def test_numbers_have_values_and_texts(collected):
    assert collected["n_kept"] == {"value": 2040, "en": "2,040", "zh": "2040"}
    assert collected["alpha_skill"] == {"value": 0.8, "en": ".800", "zh": "0.800"}
    assert collected["cfa_cfi_mlr"]["en"] == ".957"
    assert collected["H5_std"] == {"value": None, "en": "–", "zh": "–"}
    assert collected["H2_verdict"]["zh"] == "方向相反"
    assert collected["n_not_supported"]["value"] == 2
    assert collected["H1_std_ci_lower"]["en"] == ".210"
    assert collected["n_caveat"]["value"] == 0
    assert collected["H1_pvalue_holm"]["en"] == "= .002" and collected["H1_pvalue_bh"]["value"] == pytest.approx(0.0012)
    assert collected["H2_regression_says"]["en"] == "Opposite sign"
    assert collected["n_mixed"]["value"] == 0
    assert collected["lavaan_largest_difference"] == {"value": None, "en": "–", "zh": "–"}
    json.loads(numbers.as_json(collected))


def test_numbers_of_effects_moderation_and_groups(tmp_path):
    study = made_up.study(tmp_path, luck=True)
    collected = numbers.collect(made_up.tidy(study), study)
    shown = {
        "regression_share_means_result_est": "–",
        "structural_effects_draws": "5,000",
        "structural_effects_failed": "3",
        "slope_regression_H4_means_result_low_slope": "0.300",
        "slope_structural_H4_means_result_high_slope": "−0.300",
        "johnson_neyman_H4_means_result_1": "2.50",
        "johnson_neyman_H4_means_result_2_below": "87.5",
        "conditional_indirect_H6_mean_est": "0.300",
        "index_H6_est": "0.100",
        "latent_interaction_H4_means_result_est": "0.250",
        "groups_size_means_skill_chisq": "9.50",
        "groups_wave_all_all_df": "3",
        "group_size_2_means_skill_est": "0.500",
        "n_mixed": "3",
        "H6_structural_model_says": "Supported",
    }
    assert {key: collected[key]["en"] for key in shown} == shown
    estimate = made_up.tidy(study)["structural_effects"].query("path == 'means -> skill -> result'")["est"].item()
    assert collected["structural_indirect_means_skill_result_est"]["value"] == pytest.approx(estimate)


def test_numbers_say_whether_they_are_synthetic(collected, tmp_path):
    assert collected["synthetic"] == {"value": True, "en": "SYNTHETIC DATA", "zh": "合成数据（SYNTHETIC）"}
    assert numbers.as_latex(collected).startswith(b"% SYNTHETIC DATA\n")
    real = made_up.study(tmp_path, synthetic=False, waves=1)
    real_numbers = numbers.collect(made_up.tidy(real), real)
    assert real_numbers["synthetic"] == {"value": False, "en": "", "zh": ""}
    assert b"SYNTHETIC" not in numbers.as_latex(real_numbers)


def test_macros_name_every_number(collected):
    text = numbers.as_latex(collected).decode()
    assert r"\expandafter\def\csname stat@en@n_kept\endcsname{2,040}" in text
    assert text.count("csname stat@zh@") >= len(collected)


def test_manifest_lists_inputs_and_outputs(tmp_path):
    study = made_up.study(tmp_path)
    output = tmp_path / "out.csv"
    output.write_text("a\n", encoding="utf-8")
    stamp = manifest.stamp(study)
    listed = manifest.manifest(study, tmp_path / "study.yaml", stamp, [output, output], [output])
    assert sorted(listed["inputs"]) == ["2023.csv", "2024.csv", "codebook.csv", "out.csv", "study.yaml"]
    assert listed["outputs"] == {"out.csv": hashlib.sha256(b"a\n").hexdigest()}
    assert listed["seed"] == 1 and listed["synthetic"] is True and "pandas" in listed["packages"]
    assert {key: listed[key] for key in stamp} == stamp


def test_manifest_of_a_study_file_in_a_chinese_encoding(tmp_path):
    made_up.study(tmp_path)
    file = tmp_path / "study.yaml"
    file.write_bytes(file.read_text(encoding="utf-8").encode("gb18030"))
    assert "codebook.csv" in manifest.manifest(load(file), file, {}, [], [])["inputs"]


def test_a_file_outside_the_project_is_named_without_its_folders(tmp_path, monkeypatch):
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    assert manifest.shown("../elsewhere/Snakefile") == "Snakefile"
    assert manifest.shown("../project/config/study.yaml") == manifest.shown("config/study.yaml") == "config/study.yaml"


def test_manifest_takes_the_commit_of_the_stamp(study):
    assert manifest.manifest(study, study.codebook_file, {"commit": "c0ffee"}, [], [])["commit"] == "c0ffee"


def test_stamp_without_git(monkeypatch, study):
    monkeypatch.setenv("PATH", "")
    assert manifest.stamp(study)["commit"] is None


def test_a_measurement_model_without_a_fit_is_not_said_to_fit(tmp_path, study, tidy):
    empty = {name: tidy[name].head(0) for name in ("measurement_fit", "loadings", "local_fit", "modification")}
    assert numbers.collect(tidy | empty, study)["cfa_chisq_mlr"] == {"value": None, "en": "–", "zh": "–"}
    said = "The fit of the measurement model: "
    assert said in render(tmp_path, study, tidy) and said not in render(tmp_path, study, tidy | empty)


def test_the_page_says_whether_a_solution_can_be_read(html, tmp_path, study, tidy):
    assert "The estimation converged to a proper solution." in html and "fits with" not in html
    notes = tidy["measurement_notes"].assign(estimator="MLR", kind="ImproperSolution")
    improper = render(tmp_path, study, tidy | {"measurement_notes": notes})
    assert "To be read with caution: the solution is improper" in improper and "须谨慎解读：出现不当解" in improper


def states(study, tidy) -> dict[str, dict]:
    made = {
        f"table-{n}": {lang: tables.make(n, tidy, study, lang) for lang in publish.LANGUAGES} for n in publish.TABLES
    }
    return {line["en"].split()[0]: page._answer(line, made, tidy, study) for line in page._checklist()}


def test_a_line_of_the_checklist_is_answered_by_numbers_alone(study, tidy):
    full = states(study, tidy)
    assert full["Standardised"]["state"] == full["Invariance"]["state"] == full["Common-method"]["state"] == "full"
    bare = {n: tidy[n].iloc[:0] for n in ("loadings", "invariance")}
    unmarked = {"method_correlations": tidy["method_correlations"].assign(r_marker=math.nan)}
    cr = {"reliability": tidy["reliability"].assign(cr=math.nan, note="the CFA did not converge")}
    poor = states(study, tidy | bare | unmarked | cr)
    assert poor["Standardised"]["state"] == poor["Invariance"]["state"] == poor["Composite"]["state"] == "unable"
    assert "no waves or groups" in poor["Invariance"]["why"]["en"]
    assert not poor["Invariance"]["why"]["en"].startswith("Note") and "注" not in poor["Invariance"]["why"]["zh"]
    assert "SYNTHETIC" not in poor["Invariance"]["why"]["en"]
    assert poor["Composite"]["why"] == {"en": "the CFA did not converge.", "zh": "验证性因子分析未收敛。"}
    assert poor["Common-method"]["state"] == "part" and "marker" in poor["Common-method"]["lacks"]["en"]
    assert poor["Alpha"]["state"] == "full" and poor["Power:"]["state"] == "open"


def test_the_lead_counts_the_lines(html, study, tidy):
    counted = page._totals(list(states(study, tidy).values()))
    assert sum(n for state, n in counted.items() if state != "total") == counted["total"]
    found = re.search(r"asks? (\d+) things.*? answers (\d+) in full and (\d+) in part; (\d+) cannot", html)
    assert int(found[2]) == html.count("Answered in ") and int(found[3]) == html.count("Partly, in ")
    assert int(found[1]) == 47 and int(found[4]) == html.count("Could not be answered")


def test_numbers_of_distinctness_and_invariance(collected):
    assert collected["omega_skill"]["en"] == ".810" and collected["htmt_means_skill"]["en"] == ".410"
    assert collected["htmt2_skill_result"]["zh"] == "0.410"
    outcomes = {key: n["zh"] for key, n in collected.items() if key.startswith("invariance_wave_continuous")}
    assert outcomes["invariance_wave_continuous_metric"] == "是" and set(outcomes.values()) == {"是", "否"}
