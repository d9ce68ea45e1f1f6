"""How the constructs go together: a triangle of correlations, each cell with its number."""

import numpy as np
import pandas as pd

from analysis.publish import labels
from analysis.publish.figures import canvas
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.words import Rich
from analysis.study import Study


def draw(tidy: Tidy, study: Study, style: Style):
    import seaborn

    names = list(study.constructs)
    r = _square(tidy["correlations"], "r", names).iloc[:, :-1]
    p = _square(tidy["correlations"], "pvalue", names)
    texts = [
        [style.bounded(value) + stars(p.iat[i, j]) for j, value in enumerate(row)] for i, row in enumerate(r.to_numpy())
    ]
    side = 20 if len(names) < 7 else 14
    words = [canvas.wrap(labels.construct(study, name, style), 45) for name in names]
    figure = canvas.sheet(60 + side * len(r.columns), 14 + 9 * len(r))
    axes = figure.subplots()
    seaborn.heatmap(
        r,
        mask=r.isna(),
        annot=np.array(texts),
        fmt="",
        cmap="vlag_r",
        vmin=-1,
        vmax=1,
        cbar=False,
        linewidths=0.8,
        annot_kws={"size": canvas.SIZE},
        ax=axes,
    )
    axes.set_yticklabels(["\n".join(lines) for lines in words], rotation=0)
    axes.set_xticklabels([study.constructs[name].symbol for name in names[:-1]], rotation=0)
    axes.set(xlabel="", ylabel="")
    axes.tick_params(length=0)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    return figure


def caption(tidy: Tidy, study: Study, style: Style) -> tuple[str, Rich]:
    return style.say("figure.correlations.title"), style.rich("figure.correlations.note")


def alt(tidy: Tidy, study: Study, style: Style) -> str:
    pairs = [
        style.say(
            "figure.correlations.row",
            a=study.label(c.a)[style.language],
            b=study.label(c.b)[style.language],
            r=style.bounded(c.r) or "–",
        )
        for c in tidy["correlations"].itertuples()
    ]
    return style.say("figure.correlations.alt", rows=style.space.join(pairs))


def _square(pairs: pd.DataFrame, column: str, names: list[str]) -> pd.DataFrame:
    """The lower triangle of the constructs by the constructs; empty above."""
    table = pd.DataFrame(np.nan, index=names, columns=names)
    for pair in pairs.itertuples():
        table.loc[pair.b, pair.a] = getattr(pair, column)
    return table
