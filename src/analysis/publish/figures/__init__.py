"""Every figure of the paper, from tidy tables alone: drawn in each language, saved in each format, told in words."""

import importlib
from pathlib import Path

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.words import Rich
from analysis.study import Study


def draw(name: str, tidy: Tidy, study: Study, language: str, font: str | Path, stem: str | Path) -> None:
    """Draw the figure ``name`` of `publish.FIGURES` and save it as ``stem``.pdf, .svg, .png, and in words as .alt.txt.

    ``tidy`` holds the tables of `analysis.results` that the figure shows, by name; ``font`` is what `fonts.convert`
    made.
    """
    from analysis.publish.figures import canvas

    style = Style(language)
    with canvas.prepared(font):
        figure = _module(name).draw(tidy, study, style)
        if study.synthetic:
            canvas.mark_synthetic(figure, style)
        canvas.save(figure, stem)
    Path(f"{stem}.alt.txt").write_bytes((describe(name, tidy, study, language) + "\n").encode())


def caption(name: str, tidy: Tidy, study: Study, language: str) -> tuple[str, Rich]:
    """The title of the figure, and the note under it."""
    style = Style(language)
    title, note = _module(name).caption(tidy, study, style)
    return title, labels.note(study, style, note)


def describe(name: str, tidy: Tidy, study: Study, language: str) -> str:
    """The figure in words, made from the numbers that it shows: for readers who cannot see it."""
    style = Style(language)
    text = _module(name).alt(tidy, study, style)
    return style.say("unit.synthetic") + text if study.synthetic else text


def _module(name: str):
    return importlib.import_module(f"{__name__}.{name}")
