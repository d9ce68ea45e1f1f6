"""The estimate of every hypothesised effect with its interval, and by its marker the verdict."""

import math
from dataclasses import dataclass

from analysis.publish import labels
from analysis.publish.figures import canvas
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.words import Rich
from analysis.study import Study

ROW = 6.4  # mm for a line of one hypothesis
LINE = 3.5  # mm for a further line of its words
WORDS = 84.0  # mm for the words at the left
NUMBERS = 34.0  # mm for the numbers at the right
MARKERS = {
    "supported": ("o", "#0072b2", True),
    "not supported": ("o", "#1a1a1a", False),
    "opposite": ("D", "#d55e00", True),
    "mixed": ("s", "#7a5195", False),
}


@dataclass(frozen=True)
class Effect:
    hypothesis: str
    verdict: str
    std: float
    lower: float
    upper: float

    @property
    def drawn(self) -> bool:
        """Whether there is an estimate that a verdict was given on."""
        return self.verdict in MARKERS and math.isfinite(self.std)


def draw(tidy: Tidy, study: Study, style: Style):
    effects = _effects(tidy)
    names = max((canvas.text_width(e.hypothesis) for e in effects), default=0) + 3
    words = [canvas.wrap(labels.claim(study, e.hypothesis, style), WORDS - names - 8) for e in effects]
    heights = [ROW + LINE * (len(lines) - 1) for lines in words]
    head, foot = 3.0, 19.0
    figure = canvas.sheet(canvas.FULL, sum(heights) + head + foot)
    total = sum(heights) + head + foot
    axes = figure.add_axes(
        (WORDS / canvas.FULL, foot / total, (canvas.FULL - WORDS - NUMBERS) / canvas.FULL, sum(heights) / total)
    )
    y = 0.0
    for effect, lines, height in zip(effects, words, heights, strict=True):
        centre = y + height / 2
        _row(axes, effect, centre, lines, names, style)
        y += height
    axes.set(ylim=(y, 0), yticks=[], xlabel=style.say("figure.effects.axis"))
    axes.axvline(0, color=canvas.PALE, linewidth=0.6, zorder=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(lambda x, _: style.bounded(x, 1))
    _legend(figure, {e.verdict for e in effects if e.drawn}, style)
    return figure


def caption(tidy: Tidy, study: Study, style: Style) -> tuple[str, Rich]:
    return style.say("figure.effects.title"), style.rich("figure.effects.note")


def alt(tidy: Tidy, study: Study, style: Style) -> str:
    rows = []
    for e in _effects(tidy):
        known = {
            "hypothesis": e.hypothesis,
            "claim": labels.claim(study, e.hypothesis, style),
            "verdict": style.say(f"verdict.{e.verdict}").lower(),
        }
        if e.drawn:
            numbers = {"estimate": style.bounded(e.std), "interval": style.interval(e.lower, e.upper) or "–"}
            rows.append(style.say("figure.effects.row", **known, **numbers))
        else:
            rows.append(style.say("figure.effects.row_empty", **known))
    return style.say("figure.effects.alt", n=len(rows), rows=style.space.join(rows))


def _effects(tidy: Tidy) -> list[Effect]:
    return [
        Effect(v.hypothesis, v.verdict, v.std, v.std_ci_lower, v.std_ci_upper) for v in tidy["verdicts"].itertuples()
    ]


def _row(axes, effect: Effect, y: float, lines: list[str], names: float, style: Style) -> None:
    sideways = axes.get_yaxis_transform()
    millimetre = 1 / (canvas.FULL - WORDS - NUMBERS)
    axes.text((2 - WORDS) * millimetre, y, effect.hypothesis, transform=sideways, va="center")
    axes.text((2 + names - WORDS) * millimetre, y, "\n".join(lines), transform=sideways, va="center")
    if not effect.drawn:
        axes.text(1.03, y, style.say(f"verdict.{effect.verdict}"), transform=sideways, va="center")
        return
    shape, colour, filled = MARKERS[effect.verdict]
    axes.plot([effect.lower, effect.upper], [y, y], color=colour, linewidth=1.2, solid_capstyle="butt")
    axes.plot(effect.std, y, shape, color=colour, markersize=5, markerfacecolor=colour if filled else "white")
    numbers = f"{style.bounded(effect.std)} {style.interval(effect.lower, effect.upper)}"
    axes.text(1.03, y, numbers, transform=sideways, va="center")


def _legend(figure, verdicts: set[str], style: Style) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker=shape, color=colour, markersize=5, linewidth=1.2, label=style.say(f"verdict.{verdict}"),
               markerfacecolor=colour if filled else "white")
        for verdict, (shape, colour, filled) in MARKERS.items()
        if verdict in verdicts
    ]  # fmt: skip
    if handles:
        figure.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False, borderaxespad=0.4)
