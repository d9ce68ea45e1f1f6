"""Figures: the same bytes each time, ink where Chinese stands, nothing on top of anything else."""

import itertools
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.publish import made_up

from analysis import publish
from analysis.errors import UserError
from analysis.publish import figures, fonts, words
from analysis.publish.figures import canvas, layout


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, study, tidy, font):
    folder = tmp_path_factory.mktemp("figures")
    for name, language in itertools.product(publish.FIGURES, publish.LANGUAGES):
        figures.draw(name, tidy, study, language, font, folder / f"{name}_{language}")
    return folder


def test_every_format_is_there(drawn):
    expected = {
        f"{n}_{lang}.{f}" for n in publish.FIGURES for lang in publish.LANGUAGES for f in publish.FIGURE_FORMATS
    }
    assert {path.name for path in drawn.iterdir()} == expected


@pytest.mark.parametrize("name", publish.FIGURES)
def test_the_same_bytes_each_time(drawn, tmp_path, study, tidy, font, name):
    figures.draw(name, tidy, study, "zh", font, tmp_path / f"{name}_zh")
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (drawn / path.name).read_bytes(), path.name


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm, which draws PDF pages, is not installed")
def test_chinese_is_drawn_not_only_embedded(tmp_path, font):
    with canvas.prepared(font):
        figure = canvas.sheet(40, 10)
        figure.text(0.5, 0.5, "资源能力", ha="center", va="center")
        canvas.save(figure, tmp_path / "words")
    subprocess.run(["pdftoppm", "-r", "100", "-gray", "words.pdf", "page"], cwd=tmp_path, check=True)
    _, size, _, pixels = next(tmp_path.glob("page*.pgm")).read_bytes().split(b"\n", 3)
    across, down = map(int, size.split())
    ink = np.frombuffer(pixels, dtype=np.uint8).reshape(down, across) < 192
    assert 150 < ink.sum() < 2000


def test_pdf_fonts_are_true_type(drawn):
    assert b"/FontFile2" in (drawn / "effects_zh.pdf").read_bytes()
    assert b"/Type3" not in (drawn / "effects_zh.pdf").read_bytes()


def test_figures_are_told_in_words(drawn):
    english = (drawn / "effects_en.alt.txt").read_text(encoding="utf-8")
    assert "H1, Means → Skill: " in english and "not supported" in english and "SYNTHETIC" in english
    assert "路径图" in (drawn / "path_diagram_zh.alt.txt").read_text(encoding="utf-8")


def test_the_words_have_the_same_line_ends_on_every_system(tmp_path, monkeypatch, study, tidy, font):
    plain = Path.write_text
    windows = {"newline": "\r\n"}
    monkeypatch.setattr(Path, "write_text", lambda path, text, **how: plain(path, text, **(windows | how)))
    figures.draw("waves", tidy, study, "en", font, tmp_path / "waves")
    assert b"\r" not in (tmp_path / "waves.alt.txt").read_bytes()


@pytest.mark.parametrize("language", publish.LANGUAGES)
def test_an_estimate_without_a_verdict_is_not_drawn(tmp_path, study, tidy, font, language):
    """The paths of a model without standard errors: finite, but without p and interval."""
    numbers = ("se", "pvalue", "ci_lower", "ci_upper", "std_ci_lower", "std_ci_upper")
    verdicts = tidy["verdicts"].assign(verdict="not testable", **dict.fromkeys(numbers, np.nan))
    figures.draw("effects", tidy | {"verdicts": verdicts}, study, language, font, tmp_path / "effects")
    told = (tmp_path / "effects.alt.txt").read_text(encoding="utf-8")
    assert words.say("verdict.not testable", language).lower() in told
    assert "[" not in told and "−.200" not in told and "−0.200" not in told


def test_a_mixed_verdict_has_a_marker_of_its_own(tmp_path, font):
    described = made_up.study(tmp_path, luck=True)
    figures.draw("effects", made_up.tidy(described), described, "en", font, tmp_path / "effects")
    assert ".200, 95% CI [.110, .290], mixed." in (tmp_path / "effects.alt.txt").read_text(encoding="utf-8")
    assert "#7a5195" in (tmp_path / "effects.svg").read_text(encoding="utf-8")


def test_effects_are_those_of_the_verdicts(study, tidy):
    told = figures.describe("effects", {"verdicts": tidy["verdicts"]}, study, "en")
    assert "H1, Means → Skill: .300, 95% CI [.210, .390], supported." in told


def test_means_by_wave_are_those_that_were_estimated(study, tidy):
    first = tidy["wave_means"].iloc[0]
    told = figures.describe("waves", {"wave_means": tidy["wave_means"]}, study, "en")
    assert f"{first['mean']:.2f} [{first['ci_lower']:.2f}, {first['ci_upper']:.2f}] in 2023" in told
    assert "2023: n = 1,018–1,020" in told
    _, note = figures.caption("waves", tidy, study, "zh")
    assert "2024：n = 1018–1020" in "".join(run.text for run in note)


def test_a_construct_without_scores_in_a_wave_has_no_mean_there(tmp_path, study, tidy, font):
    means = tidy["wave_means"].copy()
    means.loc[0, ["mean", "se", "ci_lower", "ci_upper"]] = np.nan
    figures.draw(
        "waves",
        tidy | {"wave_means": means.assign(n=means["n"].where(means.index > 0, 0))},
        study,
        "en",
        font,
        tmp_path / "waves",
    )
    told = (tmp_path / "waves.alt.txt").read_text(encoding="utf-8")
    assert "Means: – in 2023" in told and "nan" not in told.lower()


def test_the_caption_says_what_the_curves_of_a_model_with_controls_are(tmp_path, study, tidy):
    def note(described, language):
        return "".join(run.text for run in figures.caption("path_diagram", tidy, described, language)[1])

    assert "Curved: residual correlations" in note(study, "en") and "残差相关" in note(study, "zh")
    bare = made_up.study(tmp_path, waves=1, controls="")
    assert "Curved: correlations" in note(bare, "en") and "ontrol" not in note(bare, "en")
    assert "残差" not in note(bare, "zh") and "控制" not in note(bare, "zh")
    assert "* p < .05. ** p < .01. *** p < .001." in note(study, "en")


def test_a_character_without_a_glyph_is_refused(tmp_path, font):
    with canvas.prepared(font):
        figure = canvas.sheet(40, 10)
        figure.text(0.5, 0.5, "☃")
        with pytest.raises(UserError, match="lacks a character"):
            canvas.save(figure, tmp_path / "snow")


def test_a_study_brings_its_own_characters(tmp_path):
    study = made_up.study(tmp_path, skill="Skill 喆")
    assert fonts.further_characters(study) == "喆"
    assert fonts.file_name("喆") != fonts.file_name("") == "NotoSansSC.ttf"


@pytest.mark.parametrize("thin", [{"waves": 1, "controls": ""}, {"skill_items": "b1", "skill": "A long label, " * 15}])
def test_thin_studies(tmp_path, font, thin):
    study = made_up.study(tmp_path, **thin)
    tidy = made_up.tidy(study)
    for name in publish.FIGURES:
        figures.draw(name, tidy, study, "en", font, tmp_path / name)
    none = tidy | {"structural_parameters": tidy["structural_parameters"].iloc[:0]}
    figures.draw("path_diagram", none, study, "zh", font, tmp_path / "none")


def theory(size: int, seed: int) -> tuple[list[str], list[tuple[str, str]]]:
    """A random theory without circles, in which every construct has a path."""
    chance = random.Random(seed)
    nodes = [f"n{i}" for i in range(size)]
    edges = [p for p in itertools.combinations(nodes, 2) if chance.random() < 0.5]
    return nodes, edges + [(nodes[0], n) for n in nodes[1:] if n not in {e for p in edges for e in p}]


@pytest.mark.parametrize(("size", "seed"), [(3, 1), (4, 2), (5, 3), (6, 4)])
def test_no_construct_and_no_number_lies_on_another(size, seed):
    nodes, edges = theory(size, seed)
    boxes = layout.arrange(dict.fromkeys(nodes, True), edges, (36, 18), 13, 0, 190)
    for a, b in itertools.combinations(boxes.values(), 2):
        assert not a.overlap(b)
    segments = {(a, b): (boxes[a].rim(boxes[b]), boxes[b].rim(boxes[a])) for a, b in edges}
    numbers = layout.place_labels(segments, dict.fromkeys(edges, (11, 3.6)), list(boxes.values()))
    for a, b in itertools.combinations(numbers.values(), 2):
        assert not a.overlap(b)


def test_columns_follow_the_arrows():
    edges = [("a", "m"), ("b", "m"), ("m", "y"), ("a", "y")]
    assert layout.levels(["y", "m", "b", "a"], edges) == {"a": 0, "b": 0, "m": 1, "y": 2}


def test_a_circle_of_arrows_is_cut_open():
    assert set(layout.levels(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")])) == {"a", "b", "c"}
