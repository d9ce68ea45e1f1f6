"""The structural model as a diagram: constructs, standardised paths with stars, explained variance."""

from dataclasses import dataclass, replace
from functools import cache
from math import cos, dist, pi, sin, sqrt, tan

import pandas as pd

from analysis.publish import LANGUAGES, labels
from analysis.publish.figures import canvas
from analysis.publish.figures.layout import Box, Edge, Point, arrange, levels, place_labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.words import Rich
from analysis.results import PUBLISHED
from analysis.study import Study
from analysis.study.model import control_terms

LINE = 3.6  # height in mm of a line of 8 pt
WRAP = 28.0  # mm
GAP = 13.0  # mm between constructs in a column
EDGE = 3.0  # mm around the diagram
NUMBER = 12.0  # mm, the width of a correlation with its stars
ROOM = 45.0  # mm at the left that correlations may take; if they need more, they are not drawn


def draw(tidy: Tidy, study: Study, style: Style):
    paths, correlations, r2 = _paths(tidy, study), _correlations(tidy, study), _r2(tidy)
    used = {end for path in paths for end in path}
    nodes = {c: not study.constructs[c].single for c in study.constructs if c in used}
    if not nodes:
        return _empty(style)
    depth = levels(list(nodes), list(paths))
    first = [n for n in nodes if depth[n] == 0]
    arcs = {pair: c for pair, c in correlations.items() if set(pair) <= set(first)}
    words = {n: _words(study, n, r2, style) for n in nodes}
    size = _size(_words(study, n, r2, Style(language)) for n in nodes for language in LANGUAGES)
    boxes, curves = _settle(tuple(nodes.items()), tuple(paths), tuple(arcs), size)
    figure = canvas.sheet(canvas.FULL, max(b.y + b.height / 2 for b in boxes.values()) + EDGE)
    axes = canvas.plane(figure)
    for n, box in boxes.items():
        _node(axes, box, words[n])
    _arrows(axes, paths, boxes, style)
    for pair, curve in curves.items():
        r, p = arcs[pair]
        _arc(axes, curve, style.bounded(r) + stars(p))
    return figure


def caption(tidy: Tidy, study: Study, style: Style) -> tuple[str, Rich]:
    curved = "controlled" if control_terms(study) else "curved"
    note = style.join(
        style.rich("figure.path_diagram.note"), style.rich(f"figure.path_diagram.{curved}"), style.probability()
    )
    return style.say("figure.path_diagram.title"), note


def alt(tidy: Tidy, study: Study, style: Style) -> str:
    paths, r2 = _paths(tidy, study), _r2(tidy)
    if not paths:
        return style.say("figure.path_diagram.empty")
    name = {c: study.label(c)[style.language] for c in study.constructs}
    sentences = [
        style.say(
            "figure.path_diagram.path",
            source=name[source],
            target=name[target],
            beta=style.bounded(beta),
            p=style.p_equation(p) or "–",
        )
        for (source, target), (beta, p) in paths.items()
    ]
    sentences += [
        style.say("figure.path_diagram.r2", construct=name[c], r2=style.bounded(value)) for c, value in r2.items()
    ]
    return style.say("figure.path_diagram.alt", paths=style.space.join(sentences))


Estimate = tuple[float, float]  # β and p


def _rows(tidy: Tidy, operator: str) -> pd.DataFrame:
    parameters = tidy["structural_parameters"]
    return parameters[(parameters["estimator"] == PUBLISHED) & (parameters["op"] == operator)]


def _paths(tidy: Tidy, study: Study) -> dict[Edge, Estimate]:
    """β and p of every path between constructs, source first."""
    return _between(_rows(tidy, "~"), study, lambda lhs, rhs: (rhs, lhs))


def _correlations(tidy: Tidy, study: Study) -> dict[Edge, Estimate]:
    return _between(_rows(tidy, "~~"), study, lambda lhs, rhs: (lhs, rhs))


def _between(rows: pd.DataFrame, study: Study, ends) -> dict[Edge, Estimate]:
    found = {}
    for r in rows.itertuples():
        lhs, rhs = labels.construct_of(study, r.lhs), labels.construct_of(study, r.rhs)
        if lhs in study.constructs and rhs in study.constructs and lhs != rhs:
            found[ends(lhs, rhs)] = (r.std_all, r.pvalue)
    return found


def _r2(tidy: Tidy) -> dict[str, float]:
    table = tidy["structural_r2"]
    table = table[table["estimator"] == PUBLISHED]
    return {r.construct: r.r2 for r in table.itertuples() if r.r2 == r.r2}


def _words(study: Study, name: str, r2: dict[str, float], style: Style) -> list[str]:
    lines = canvas.wrap(labels.construct(study, name, style), WRAP)
    return [*lines, f"R² = {style.bounded(r2[name])}"] if name in r2 else lines


def _size(words) -> tuple[float, float]:
    """One size for all constructs in all languages: an ellipse about the widest and the highest text."""
    words = list(words)
    width = max(canvas.text_width(line) for lines in words for line in lines)
    height = max(len(lines) for lines in words) * LINE
    return 1.22 * width + 2, height / sqrt(1 - 1 / 1.22**2) + 1


def _empty(style: Style):
    figure = canvas.sheet(canvas.MEDIUM, 20)
    figure.text(0.5, 0.5, style.say("figure.path_diagram.empty"), ha="center", va="center")
    return figure


def _node(axes, box: Box, lines: list[str]) -> None:
    from matplotlib.patches import Ellipse, Rectangle

    look = {"facecolor": "white", "edgecolor": canvas.INK, "linewidth": 0.9, "zorder": 3}
    if box.oval:
        axes.add_patch(Ellipse((box.x, box.y), box.width, box.height, **look))
    else:
        corner = (box.x - box.width / 2, box.y - box.height / 2)
        axes.add_patch(Rectangle(corner, box.width, box.height, **look))
    top = box.y + (len(lines) - 1) * LINE / 2
    for i, line in enumerate(lines):
        axes.text(box.x, top - i * LINE, line, ha="center", va="center_baseline", zorder=4)


def _arrows(axes, paths: dict[Edge, Estimate], boxes: dict[str, Box], style: Style) -> None:
    segments = {(a, b): (boxes[a].rim(boxes[b]), boxes[b].rim(boxes[a])) for a, b in paths}
    words = {edge: style.bounded(beta) + stars(p) for edge, (beta, p) in paths.items()}
    sizes = {edge: (canvas.text_width(text) + 1.2, LINE) for edge, text in words.items()}
    places = place_labels(segments, sizes, list(boxes.values()))
    for edge, (_, p) in paths.items():
        _arrow(axes, *segments[edge], significant=bool(stars(p)))
        _number(axes, places[edge].x, places[edge].y, words[edge])


def _arrow(axes, start: Point, end: Point, significant: bool) -> None:
    from matplotlib.patches import FancyArrowPatch

    look = {"color": canvas.INK, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 8, "zorder": 1}
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-", linestyle="-" if significant else (0, (4, 3)), **look))
    near = tuple(e - (e - s) * min(4 / dist(start, end), 1) for s, e in zip(start, end, strict=True))
    axes.add_patch(FancyArrowPatch(near, end, arrowstyle="-|>", **look))


def _number(axes, x: float, y: float, text: str, colour: str = canvas.INK) -> None:
    behind = {"boxstyle": "square,pad=0.12", "facecolor": "white", "edgecolor": "none"}
    axes.text(x, y, text, ha="center", va="center", color=colour, bbox=behind, zorder=2)


@dataclass(frozen=True)
class Curve:
    """A correlation: a bow to the left from one construct to another, with its number at the furthest point."""

    start: Point
    end: Point
    depth: float

    @property
    def apex(self) -> Point:
        return (self.start[0] + self.end[0]) / 2 - self.depth, (self.start[1] + self.end[1]) / 2


@cache
def _settle(
    nodes: tuple[tuple[str, bool], ...], edges: tuple[Edge, ...], arcs: tuple[Edge, ...], size: tuple[float, float]
) -> tuple[dict[str, Box], dict[Edge, Curve]]:
    """The places of the constructs, with as much room at the left as the correlations among the first ones need.

    Kept for the other language, whose diagram has the same places.
    """
    left, missing = EDGE, 0.0
    for _ in range(4):
        left += missing
        boxes = arrange(dict(nodes), edges, size, GAP, left, canvas.FULL - EDGE)
        boxes = {n: replace(b, y=b.y + EDGE + 3) for n, b in boxes.items()}
        curves = _curves(arcs, boxes)
        missing = EDGE + NUMBER / 2 - min((curve.apex[0] for curve in curves.values()), default=canvas.FULL)
        if missing < 0.01:
            return boxes, curves
        if left + missing > ROOM:
            break
    return _settle(nodes, edges, (), size)


def _curves(arcs: tuple[Edge, ...], boxes: dict[str, Box]) -> dict[Edge, Curve]:
    """A curve for each correlation; one that spans others passes to the left of their numbers."""
    column = sorted({n for pair in arcs for n in pair}, key=lambda n: -boxes[n].y)
    drawn: dict[Edge, Curve] = {}
    for pair in sorted(arcs, key=lambda pair: abs(column.index(pair[0]) - column.index(pair[1]))):
        upper, lower = sorted(pair, key=column.index)
        steps = column.index(lower) - column.index(upper)
        start, end = (_left_rim(boxes[n], side * 34.0 / steps**2) for n, side in ((upper, -1), (lower, 1)))
        depth = 10.0
        for x, y in (curve.apex for curve in drawn.values()):
            if end[1] < y < start[1]:
                share = (start[1] - y) / (start[1] - end[1])
                needed = (start[0] + end[0]) / 2 - (x - NUMBER / 2 - 2)
                depth = max(depth, needed / (4 * share * (1 - share)))
        drawn[pair] = Curve(start, end, depth)
    return drawn


def _arc(axes, curve: Curve, text: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    bend = 2 * curve.depth / dist(curve.start, curve.end)
    look = {"color": canvas.PALE, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6, "zorder": 0}
    style = f"arc3,rad={bend}"
    axes.add_patch(FancyArrowPatch(curve.start, curve.end, arrowstyle="<|-|>", connectionstyle=style, **look))
    _number(axes, *curve.apex, text, canvas.PALE)


def _left_rim(box: Box, degrees: float) -> Point:
    """The point of the left outline so many degrees above the middle."""
    angle = pi - degrees * pi / 180
    if box.oval:
        return box.x + box.width / 2 * cos(angle), box.y + box.height / 2 * sin(angle)
    return box.x - box.width / 2, box.y + min(box.width / 2 * tan(degrees * pi / 180), box.height / 2)
