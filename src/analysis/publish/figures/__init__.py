"""Every figure of the paper, from tidy tables alone: drawn in each language, saved in each format, told in words."""

import importlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.publish.format import Style
from analysis.study import Study


def draw(
    name: str, tidy: Mapping[str, pd.DataFrame], study: Study, language: str, font: str | Path, stem: str | Path
) -> None:
    """Draw the figure ``name`` of `publish.FIGURES` and save it as ``stem``.pdf, .svg, .png, and in words as .alt.txt.

    ``tidy`` holds the tables of `analysis.results` that the figure shows, by name; ``font`` is what `fonts.convert`
    made.
    """
    from analysis.publish.figures import canvas

    module = importlib.import_module(f"{__name__}.{name}")
    style = Style(language)
    with canvas.prepared(font):
        figure = module.draw(tidy, study, style)
        if study.synthetic:
            canvas.mark_synthetic(figure, style)
        canvas.save(figure, stem)
    Path(f"{stem}.alt.txt").write_text(describe(name, tidy, study, language) + "\n", encoding="utf-8")


def describe(name: str, tidy: Mapping[str, pd.DataFrame], study: Study, language: str) -> str:
    """The figure in words, made from the numbers that it shows: for readers who cannot see it."""
    style = Style(language)
    text = importlib.import_module(f"{__name__}.{name}").alt(tidy, study, style)
    return style.say("unit.synthetic") + text if study.synthetic else text
