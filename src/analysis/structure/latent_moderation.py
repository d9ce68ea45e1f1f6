"""Does a construct bend a path between others, errors of measurement taken out? Products of latent variables.

All products that the hypotheses state stand in one structural model, by MLR with the controls, as in the last step of
the regressions. A latent product is measured by products of indicators: matched pairs (Marsh, Wen & Hau 2004), double
mean-centred (Lin, Wen, Marsh & Lin 2010; R: ``semTools::indProd(match = TRUE, doubleMC = TRUE)``), nothing constrained,
so that answers need not be normal. The indicators of a construct are its items; those of a second-order construct are
parcels, the means of each dimension's items: a dimension is the indicator that such a construct has, and its facets
are named by theory (Little, Rhemtulla, Gibson & Schoemann 2013). A single item stands for itself; it is multiplied
with every indicator of the other construct, and with another single item it makes one observed product.

Pairs are made in the order of the study file. Of two unequal lists the longer gives its first indicator, which carries
its scale, and the others with the largest loadings (Wu, Wen, Marsh & Hau 2013). Residuals of products that share an
indicator with an error are free to correlate over latent products.

A latent product goes with the controls, with the constructs that nothing explains and with the other products, as any
cause that nothing explains; and with what is left unexplained of the constructs that it does not bear upon itself or
through others, such as the mediator that is one of its factors. No arrow runs between two variables whose errors
correlate, so that a model identified without products stays so (Brito & Pearl 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import TABLES
from analysis.sem import Fit, several
from analysis.sem.ram import total_variance_gradient
from analysis.sem.side_by_side import joined, trouble, try_fit, usable
from analysis.structure.structural import prepare
from analysis.study import Construct, Hypothesis, Study
from analysis.study.model import (
    product_term,
    product_terms,
    respecified,
    structural_items,
    structural_model,
    structural_order,
    structural_paths,
    term,
)

POINTS = {"-1 SD": -1.0, "mean": 0.0, "+1 SD": 1.0}
FEW = 5  # values of a single item that each get a slope
NO_INDEX = "no index: with both steps moderated the indirect effect is no straight line in the moderator"


@dataclass(frozen=True)
class Product:
    """The product of two constructs: its name in the model and the pairs of indicators whose products measure it."""

    name: str
    pairs: tuple[tuple[str, str], ...]

    @property
    def indicators(self) -> list[str]:
        return [".".join(pair) for pair in self.pairs]

    @property
    def observed(self) -> bool:
        """One product of two single items, which stands in the model itself."""
        return self.indicators == [self.name]


@dataclass(frozen=True)
class Known:
    """A number that follows from the estimates, with its slopes on all free parameters (delta method)."""

    value: float
    slopes: np.ndarray

    def __add__(self, other: Known | float) -> Known:
        other = other if isinstance(other, Known) else Known(other, np.zeros_like(self.slopes))
        return Known(self.value + other.value, self.slopes + other.slopes)

    def __mul__(self, other: Known | float) -> Known:
        other = other if isinstance(other, Known) else Known(other, np.zeros_like(self.slopes))
        return Known(self.value * other.value, self.slopes * other.value + self.value * other.slopes)

    def __pow__(self, power: float) -> Known:
        with np.errstate(all="ignore"):
            value = np.float64(self.value) ** power
            return Known(value, power * value / self.value * self.slopes)


def latent_moderation(respondents: pd.DataFrame, controls: pd.DataFrame, study: Study) -> dict[str, pd.DataFrame]:
    """The tables ``latent_moderation``, ``latent_moderation_fit`` and ``latent_slopes`` of results.TABLES.

    The rows complete on all items and controls are used. An interaction or index is standardised properly (Wen, Marsh
    & Hau 2010): b · sd(source) · sd(moderator) / sd(outcome), by the constructs' implied standard deviations; lavaan's
    std.all takes that of the product. Index of moderated mediation (Hayes 2015): a3 · b or a · b3. Slopes are
    b + b3 · m at m = -1, 0, 1 SD of the moderator; a single item with five values or fewer gives one at each. Their
    ``value`` is the SD from the mean of a latent moderator, and the score of a single item.
    Without a usable solution, or where a construct was left out, the rows say why.
    """
    data, reduced, terms, left_out = prepare(respondents, controls, study)
    simple = parcelled(reduced)
    frame = indicators(data, reduced, terms)
    products, fitted, note = pair_up(frame, simple), None, ""
    if products:
        text = model_text(simple, products, terms)
        fitted, why = try_fit(text, _with_products(frame, products), estimator="MLR")
        if usable(fitted):
            note = joined(trouble(fitted), _unsaid(reduced, simple))
        else:
            fitted, note = None, f"not estimated: {why or trouble(fitted)}"
    model = Estimates(simple, products, frame, fitted, note)
    moderations, slopes = [], []
    for name, hypothesis in study.hypotheses.items():
        if hypothesis.moderated_by:
            lost = [f"{c} was left out: {left_out[c]}" for c in _named(hypothesis) if c in left_out]
            known = Estimates(parcelled(study), {}, frame[:0], None, joined(*lost)) if lost else model
            moderations += known.moderations(name, hypothesis)
            slopes += known.slopes(name, hypothesis)
    return {
        "latent_moderation": _table("latent_moderation", moderations),
        "latent_moderation_fit": several.measures({"MLR": fitted} if fitted else {}),
        "latent_slopes": _table("latent_slopes", slopes),
    }


def _named(hypothesis: Hypothesis) -> list[str]:
    return list(dict.fromkeys((*hypothesis.path, hypothesis.moderated_by)))


def _table(name: str, rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(TABLES[name].columns))


def parcelled(study: Study) -> Study:
    """The study with second-order constructs measured by their dimensions as if these were items."""
    described = {
        name: Construct(symbol=c.symbol, label=c.label, items=tuple(c.dimensions)) if c.dimensions else c
        for name, c in study.constructs.items()
    }
    return Study.model_construct(**dict(study) | {"constructs": described})


def indicators(data: pd.DataFrame, study: Study, controls: list[str]) -> pd.DataFrame:
    """Items, parcels and controls of the complete rows: a parcel is the mean of its dimension's items."""
    items = structural_items(study)
    complete = data[[*items, *controls]].dropna()
    parcels = {d: list(o.items) for c in structural_order(study) for d, o in study.constructs[c].dimensions.items()}
    single = [item for item in items if item in structural_items(parcelled(study))]
    return complete[[*single, *controls]].assign(**{d: complete[some].mean(axis=1) for d, some in parcels.items()})


def pair_up(frame: pd.DataFrame, study: Study) -> dict[str, Product]:
    """Every product of the hypotheses, such as ``a:b``, as it is measured."""
    found = {}
    for name in dict.fromkeys(t for terms in product_terms(study).values() for t in terms):
        a, b = (study.constructs[c] for c in name.split(":"))
        if a.single or b.single:
            pairs = tuple((x, z) for x in a.items for z in b.items)
        else:
            size = min(len(a.items), len(b.items))
            pairs = tuple(zip(_strongest(frame, a.items, size), _strongest(frame, b.items, size), strict=True))
        found[name] = Product(".".join(pairs[0]) if len(pairs) == 1 else name.replace(":", "."), pairs)
    return found


def model_text(study: Study, products: dict[str, Product], controls: list[str]) -> str:
    """The structural model of a parcelled study with latent products, as lavaan text."""
    lines = [line for line in structural_model(study, controls).splitlines() if ":=" not in line]
    paths = structural_paths(study)
    lines += [f"{p.name} =~ {' + '.join(p.indicators)}" for p in products.values() if not p.observed]
    for outcome, terms in product_terms(study).items():
        lines.append(f"{term(study, outcome)} ~ {' + '.join(products[t].name for t in terms)}")
    beside = [term(study, c) for c in structural_order(study) if c not in paths]
    for name, product in products.items():
        reached = _reached(study, name)
        untouched = [term(study, c) for c in paths if c not in reached]
        if controls:
            lines.append(f"{product.name} ~ {' + '.join(controls)}")
        lines.append(f"{product.name} ~~ {' + '.join([*beside, *untouched])}")
        beside.append(product.name)
    return "\n".join([*lines, *_shared(study, list(products.values()))])


def _reached(study: Study, name: str) -> set[str]:
    """The constructs that a product explains, and those that these explain in turn."""
    reached = {outcome for outcome, terms in product_terms(study).items() if name in terms}
    paths = structural_paths(study)
    while more := {o for o, predictors in paths.items() if reached.intersection(predictors)} - reached:
        reached |= more
    return reached


def _shared(study: Study, products: list[Product]) -> list[str]:
    """Free residual covariances of products that share an indicator; that of a single item has no error to share."""
    exact = {c.items[0] for c in study.constructs.values() if c.single}
    latent = [p for p in products if not p.observed]
    return [
        f"{'.'.join(one)} ~~ {'.'.join(other)}"
        for k, first in enumerate(latent)
        for second in latent[k + 1 :]
        for one in first.pairs
        for other in second.pairs
        if set(one) & set(other) - exact
    ]


def _strongest(frame: pd.DataFrame, items: tuple[str, ...], size: int) -> list[str]:
    """The first of some items and the others with the largest standardised loadings, in their order."""
    if len(items) == size:
        return list(items)
    fitted, _ = try_fit(f"f =~ {' + '.join(items)}", frame)
    if not usable(fitted):
        return list(items[:size])
    loadings = fitted.parameters.query("op == '=~'").set_index("rhs")["std_all"].abs()
    others = loadings[list(items[1:])].nlargest(size - 1).index
    return [item for item in items if item == items[0] or item in others]


def _with_products(frame: pd.DataFrame, products: dict[str, Product]) -> pd.DataFrame:
    """Beside the indicators their products: both factors centred, then the product."""
    centred = frame - frame.mean()
    made = {".".join(pair): centred[pair[0]] * centred[pair[1]] for p in products.values() for pair in p.pairs}
    return frame.assign(**{name: values - values.mean() for name, values in made.items()})


def _unsaid(study: Study, simple: Study) -> str:
    """The respecifications that have no place in a model of parcels."""
    order = structural_order(study)
    gone = [line for line in respecified(study, order) if line not in respecified(simple, order)]
    return f"left out, the items are in parcels: {', '.join(gone)}" if gone else ""


@dataclass(frozen=True)
class Estimates:
    """The fitted model (None: none is usable), and what its rows have in common."""

    study: Study
    products: dict[str, Product]
    frame: pd.DataFrame
    fitted: Fit | None
    note: str

    def moderations(self, name: str, hypothesis: Hypothesis) -> list[dict]:
        """The interactions of a hypothesis, and the index of a moderated mediation."""
        rows = []
        for source, target in hypothesis.moderated:
            found = self._interaction(source, target, hypothesis.moderated_by) if self.fitted else None
            rows.append(self._row(name, hypothesis, "interaction", source, target, found))
        if hypothesis.kind == "moderated mediation":
            found, ends = None, (hypothesis.path[0], hypothesis.path[-1])
            if self.fitted and len(hypothesis.moderated) == 1:
                found = self._index(hypothesis)
            row = self._row(name, hypothesis, "index", *ends, found)
            if len(hypothesis.moderated) > 1:
                row["note"] = joined(row["note"], NO_INDEX)
            rows.append(row)
        return rows

    def slopes(self, name: str, hypothesis: Hypothesis) -> list[dict]:
        """The slope of each moderated step at values of the moderator."""
        moderator = hypothesis.moderated_by
        known = {"hypothesis": name, "method": "structural model", "moderator": moderator}
        rows = []
        for source, target in hypothesis.moderated:
            for at, value, distance in self._points(moderator):
                row = known | {"outcome": target, "predictor": source, "at": at, "value": value, "note": self.note}
                if self.fitted:
                    interaction = self._interaction(source, target, moderator)
                    inference = self._inference(self._path(source, target) + interaction * distance)
                    row |= {"slope": inference.pop("est"), "t": inference.pop("z")} | inference
                rows.append(row)
        return rows

    def _points(self, moderator: str) -> list[tuple[str, float, Known | float]]:
        """Values of a moderator: their name, their size, and how far from the mean they are in the model."""
        described = self.study.constructs[moderator]
        if described.single and self.fitted:
            answers = self.frame[described.items[0]]
            values = np.unique(answers)
            if 0 < len(values) <= FEW:
                return [(f"{value:g}", value, value - answers.mean()) for value in values]
        sd = self._variance(moderator) ** 0.5 if self.fitted else Known(np.nan, np.zeros(0))
        mean, unit = (
            (self.frame[described.items[0]].mean(), sd.value) if described.single and self.fitted else (0.0, 1.0)
        )
        return [(at, mean + k * unit, sd * k) for at, k in POINTS.items()]

    def _row(self, name, hypothesis: Hypothesis, effect: str, source: str, target: str, found: Known | None) -> dict:
        moderator = hypothesis.moderated_by
        steps = ((source, target),) if effect == "interaction" else hypothesis.moderated
        terms = [product_term(self.study, s, moderator) for s, _ in steps]
        measured = [i for t in terms if t in self.products for i in self.products[t].indicators]
        row = {
            "hypothesis": name,
            "effect": effect,
            "outcome": target,
            "predictor": source,
            "moderator": moderator,
            "indicators": ";".join(dict.fromkeys(measured)),
            "n": len(self.frame),
            "note": self.note,
        }
        if found is None:
            return row
        scale = self._variance(source) * self._variance(moderator) * self._variance(target) ** -1.0
        std = self._inference(found * scale**0.5)
        row |= {"std": std["est"], "std_ci_lower": std["ci_lower"], "std_ci_upper": std["ci_upper"]}
        return row | self._inference(found)

    def _index(self, hypothesis: Hypothesis) -> Known:
        """The product of the steps, the moderated one by its interaction."""
        index: Known | float = 1.0
        for step in hypothesis.steps:
            bent = step in hypothesis.moderated
            index = (self._interaction(*step, hypothesis.moderated_by) if bent else self._path(*step)) * index
        return index

    def _interaction(self, source: str, target: str, moderator: str) -> Known:
        return self._estimate(target, self.products[product_term(self.study, source, moderator)].name)

    def _path(self, source: str, target: str) -> Known:
        return self._estimate(target, term(self.study, source))

    def _estimate(self, target: str, predictor: str) -> Known:
        table = self.fitted.table
        at = [(p.lhs, p.op, p.rhs) for p in (table.parameters[k] for k in table.free)]
        k = at.index((term(self.study, target), "~", predictor))
        return Known(float(self.fitted.solution.point.theta[k]), np.eye(len(at))[k])

    def _variance(self, construct: str) -> Known:
        """The total variance of a construct that the model implies."""
        model, at = self.fitted.problem.structures[0], self.fitted.solution.point.groups[0]
        v = model.names.index(term(self.study, construct))
        slopes = np.zeros(len(self.fitted.table.free))
        slopes[model.rows] = total_variance_gradient(model, at)[v]
        return Known(float(at.phi[v, v]), slopes)

    def _inference(self, found: Known) -> dict[str, float]:
        from scipy.special import ndtr, ndtri

        se = float(np.sqrt(found.slopes @ self.fitted.vcov().to_numpy() @ found.slopes))
        z, half = found.value / se, ndtri(0.975) * se
        ends = {"ci_lower": found.value - half, "ci_upper": found.value + half}
        return {"est": found.value, "z": z, "se": se, "pvalue": 2.0 * ndtr(-abs(z))} | ends
