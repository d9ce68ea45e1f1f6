"""The sheet that every figure is drawn on: journal widths, 8 pt, one font and palette, and files that never vary."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import font_manager, pyplot  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from analysis.errors import UserError  # noqa: E402
from analysis.publish.format import Style  # noqa: E402

FULL, MEDIUM = 190.0, 140.0  # widths in mm, of a page and of a column and a half (Elsevier)
SIZE = 8.0  # pt
DPI = 600
MM = 25.4  # an inch
POINT = MM / 72  # a point in mm
INK, PALE = "#1a1a1a", "#6b6b6b"


@contextmanager
def prepared(font: str | Path) -> Iterator[None]:
    """Everything drawn inside is set in ``font``, with settings that give the same bytes each time."""
    font_manager.fontManager.addfont(font)
    family = font_manager.FontProperties(fname=font).get_name()
    settings = {
        "font.family": family,
        "font.size": SIZE,
        "axes.titlesize": SIZE,
        "axes.labelsize": SIZE,
        "xtick.labelsize": SIZE,
        "ytick.labelsize": SIZE,
        "legend.fontsize": SIZE,
        "axes.prop_cycle": pyplot.cycler(color=colours()),
        "axes.linewidth": 0.6,
        "axes.edgecolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.color": INK,
        "pdf.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "survey-to-paper",
    }
    with matplotlib.rc_context(settings):
        try:
            yield
        finally:
            pyplot.close("all")


def colours() -> list[str]:
    """Okabe and Ito's palette, safe for colour-blind readers; its yellow, too light for lines, last."""
    palette = list(matplotlib.color_sequences["okabe_ito"])
    order = sorted(range(len(palette)), key=lambda i: sum(matplotlib.colors.to_rgb(palette[i])) > 2)
    return [matplotlib.colors.to_hex(palette[i]) for i in order]


def sheet(width: float, height: float) -> Figure:
    """An empty figure, in mm."""
    return pyplot.figure(figsize=(width / MM, height / MM))


def plane(figure: Figure):
    """Axes over the whole sheet whose units are mm, origin at the lower left."""
    width, height = (side * MM for side in figure.get_size_inches())
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return axes


def text_width(text: str) -> float:
    """The width in mm of a line of text: the sum of its characters' advances."""
    font = font_manager.findfont(matplotlib.rcParams["font.family"][0])
    return sum(_advance(character, font) for character in text)


@cache
def _advance(character: str, path: str) -> float:
    font = font_manager.get_font(path)
    if ord(character) not in font.get_charmap():
        return SIZE * POINT  # `save` refuses the figure
    font.set_size(SIZE, 72)
    return font.load_char(ord(character)).linearHoriAdvance / 65536 * POINT


def wrap(text: str, width: float) -> list[str]:
    """Lines no wider than ``width`` mm where the text can be broken: between words, or Chinese characters."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and text_width((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]


def mark_synthetic(figure: Figure, style: Style) -> None:
    figure.text(0.995, 0.005, style.say("unit.synthetic_short"), ha="right", va="bottom", size=6.5, color=PALE)


def save(figure: Figure, stem: str | Path) -> None:
    """The figure as PDF (TrueType fonts embedded), SVG (text as outlines) and PNG."""
    Path(stem).parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing from")
        try:
            figure.savefig(f"{stem}.pdf", metadata={"CreationDate": None})
            figure.savefig(f"{stem}.svg", metadata={"Date": None})
            figure.savefig(f"{stem}.png", dpi=DPI, metadata={"Software": None})
        except UserWarning as missing:
            raise UserError(f"{stem}: the font lacks a character of the study's words: {missing}") from None


def _pieces(text: str) -> Iterator[str]:
    """What a line break may not split: a word with the space after it, a Chinese character with its punctuation."""
    piece = ""
    for character in text:
        joined = not piece or piece[-1] in "（「“" or character in "，。、；：？！）」” "
        if not joined and (piece[-1] == " " or _wide(character) or _wide(piece[-1])):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _wide(character: str) -> bool:
    return ord(character) > 0x2E80
