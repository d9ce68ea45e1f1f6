"""Where the constructs of a path diagram stand, and the numbers on its arrows, so that nothing lies on anything else.

Columns follow the arrows: what nothing explains at the left, the last outcome at the right. Within its column each
construct tries every place, and keeps the one with the fewest arrows through constructs and across each other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from math import atan2, dist, hypot, pi

NEAR = 8.0  # mm; nodes of columns nearer than this stand at different heights
SHORT = 28.0  # mm; on a shorter arrow the number leaves little of it to be seen

Point = tuple[float, float]
Edge = tuple[str, str]


@dataclass(frozen=True)
class Box:
    """A rectangle by its centre and size, in mm, or the ellipse in it."""

    x: float
    y: float
    width: float
    height: float
    oval: bool = False

    def overlap(self, other: "Box", gap: float = 0.0) -> bool:
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2 + gap
            and abs(self.y - other.y) < (self.height + other.height) / 2 + gap
        )

    def hit(self, a: Point, b: Point, gap: float = 0.0) -> bool:
        """Whether the segment from a to b passes through the shape widened by ``gap``."""
        (ax, ay), (bx, by) = (
            ((x - self.x) / (self.width / 2 + gap), (y - self.y) / (self.height / 2 + gap)) for x, y in (a, b)
        )
        return _meets_circle(ax, ay, bx, by) if self.oval else _meets_square(ax, ay, bx, by)

    def rim(self, towards: "Box") -> Point:
        """Where the line from the centre to that of another shape leaves this one."""
        dx, dy = towards.x - self.x, towards.y - self.y
        across, up = dx / (self.width / 2), dy / (self.height / 2)
        scale = 1 / (hypot(across, up) if self.oval else max(abs(across), abs(up)))
        return self.x + dx * scale, self.y + dy * scale


def _meets_circle(ax: float, ay: float, bx: float, by: float) -> bool:
    """Whether a segment comes within 1 of the origin."""
    dx, dy = bx - ax, by - ay
    nearest = min(max(-(ax * dx + ay * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    return hypot(ax + nearest * dx, ay + nearest * dy) < 1


def _meets_square(ax: float, ay: float, bx: float, by: float) -> bool:
    """Whether a segment passes through the square from −1 to 1."""
    low, high = 0.0, 1.0
    for start, step in ((ax, bx - ax), (ay, by - ay)):
        if abs(step) < 1e-9:
            if abs(start) > 1:
                return False
            continue
        first, last = sorted(((-1 - start) / step, (1 - start) / step))
        low, high = max(low, first), min(high, last)
    return low < high


def levels(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The column of each node: one more than the furthest of those that point to it. Circles are cut open."""
    found: dict[str, int] = {}

    def level(node: str, above: tuple[str, ...]) -> int:
        if node not in found:
            sources = [a for a, b in edges if b == node and a not in above and a != node]
            depth = 1 + max((level(a, (*above, node)) for a in sources), default=-1)
            if above:
                return depth if any(a in above for a, b in edges if b == node) else found.setdefault(node, depth)
            found[node] = depth
        return found[node]

    for node in nodes:
        level(node, ())
    return found


def arrange(
    nodes: dict[str, bool],
    edges: Sequence[Edge],
    size: tuple[float, float],
    gap: float,
    left: float,
    right: float,
) -> dict[str, Box]:
    """A place between ``left`` and ``right``, from y = 0 upwards, for each node, of which is said if it is oval."""
    column = levels(list(nodes), edges)
    last = max(column.values())
    step = (right - left - size[0]) / max(last, 1)
    close = [(a, b) for a, b in combinations(nodes, 2) if step * abs(column[a] - column[b]) < size[0] + NEAR]
    slot: dict[str, int] = {}
    for n in sorted(nodes, key=column.get):
        taken = {slot[m] for pair in close if n in pair for m in pair if m in slot}
        slot[n] = next(s for s in range(0, 2 * len(nodes), 2) if s not in taken)
    slots = max(slot.values()) + (3 if last else 1)

    def boxes(slot: dict[str, int]) -> dict[str, Box]:
        x, y, unit = left + size[0] / 2, size[1] / 2, (size[1] + gap) / 2
        return {
            n: Box(x + step * column[n], y + unit * (slots - 1 - slot[n]), *size, oval) for n, oval in nodes.items()
        }

    def cost(slot: dict[str, int]) -> float:
        return _cost(boxes(slot), edges)

    starts = [{n: s + (shift if column[n] else 0) for n, s in slot.items()} for shift in range(3 if last else 1)]
    starts += [{n: slots - 1 - s for n, s in start.items()} for start in starts]
    slot = min((_improve(start, close, slots, cost) for start in starts), key=cost)
    lowest = min(b.y for b in boxes(slot).values()) - size[1] / 2
    return {n: replace(b, y=b.y - lowest) for n, b in boxes(slot).items()}


def _improve(
    slot: dict[str, int], close: Sequence[tuple[str, str]], slots: int, cost: Callable[[dict[str, int]], float]
) -> dict[str, int]:
    """Take moves that lower the cost until there is none."""
    best, improved = cost(slot), True
    while improved:
        improved = False
        for candidate in _moves(slot, close, slots):
            found = cost(candidate)
            if found < best - 1e-9:
                slot, best, improved = candidate, found, True
                break
    return slot


def _moves(slot: dict[str, int], close: Sequence[tuple[str, str]], slots: int):
    """Arrangements one or two steps away in which the nodes of each ``close`` pair are not at the same height."""
    pairs = list(combinations(slot, 2))
    single = ({n: s} for n in slot for s in range(slots) if s != slot[n])
    swaps = ({a: slot[b], b: slot[a]} for a, b in pairs)
    double = (
        {a: s, b: t}
        for a, b in pairs
        for s in range(slots)
        for t in range(slots)
        if len(slot) <= 8 and s != slot[a] and t != slot[b]
    )
    for change in chain(single, swaps, double):
        candidate = slot | change
        if all(abs(candidate[a] - candidate[b]) >= 2 for a, b in close):
            yield candidate


def _cost(boxes: dict[str, Box], edges: Sequence[Edge]) -> float:
    """How bad an arrangement is: arrows through nodes, then crossings, sharp angles at a node, and steepness."""
    ends = {(a, b): ((boxes[a].x, boxes[a].y), (boxes[b].x, boxes[b].y)) for a, b in edges}
    cost = 0.0
    for (a, b), (start, end) in ends.items():
        cost += sum(100.0 for n, box in boxes.items() if n not in (a, b) and box.hit(start, end, 2.0))
        cost += 0.02 * abs(start[1] - end[1])
        visible = dist(boxes[a].rim(boxes[b]), boxes[b].rim(boxes[a]))
        cost += 0.3 * max(0.0, SHORT - visible)
    for one, two in combinations(edges, 2):
        if set(one) & set(two):
            cost += max(0.0, 8 - 0.4 * _degrees_between(one, two, boxes))
        elif _cross(*ends[one], *ends[two]):
            cost += 12.0
    return cost


def _degrees_between(one: Edge, two: Edge, boxes: dict[str, Box]) -> float:
    """The angle at the node that two arrows share."""
    (shared,) = sorted(set(one) & set(two))[:1]
    others = [next(n for n in edge if n != shared) for edge in (one, two)]
    at = boxes[shared]
    first, second = (atan2(boxes[n].y - at.y, boxes[n].x - at.x) for n in others)
    apart = abs(first - second) % (2 * pi)
    return min(apart, 2 * pi - apart) * 180 / pi


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def place_labels(
    segments: dict[Edge, tuple[Point, Point]], sizes: dict[Edge, tuple[float, float]], obstacles: Sequence[Box]
) -> dict[Edge, Box]:
    """A place on each arrow for its number, clear of constructs, of other arrows and of other numbers."""
    steps = [0.5 + side * k / 40 for k in range(15) for side in ((1, -1) if k else (1,))]

    def at(edge: Edge, t: float) -> Box:
        (x0, y0), (x1, y1) = segments[edge]
        return Box(x0 + t * (x1 - x0), y0 + t * (y1 - y0), *sizes[edge])

    def cost(edge: Edge, t: float) -> float:
        box = at(edge, t)
        total = 4 * abs(t - 0.5)
        total += sum(1000 for other in obstacles if box.overlap(other, 0.5))
        total += sum(500 for other, place in placed.items() if other != edge and box.overlap(place, 0.6))
        total += sum(50 for other, (a, b) in segments.items() if other != edge and box.hit(a, b, 0.3))
        return total

    placed: dict[Edge, Box] = {}
    for _ in range(3):
        for edge in sorted(segments, key=lambda e: dist(*segments[e])):
            placed[edge] = at(edge, min(steps, key=lambda t: cost(edge, t)))
    return placed
