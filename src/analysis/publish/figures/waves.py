"""The mean of each construct in each wave, or of all constructs if there is one wave."""

from math import ceil

import pandas as pd

from analysis.publish.figures import canvas
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.words import Rich
from analysis.study import Study

ACROSS = 5  # panels in a row
LOOK = {"color": "#0072b2", "marker": "o", "markersize": 4, "linewidth": 1.1, "elinewidth": 1.1, "capthick": 1.1}


def draw(tidy: Tidy, study: Study, style: Style):
    means = tidy["wave_means"]
    return _by_wave(means, study, style) if _several(means) else _once(means, study, style)


def caption(tidy: Tidy, study: Study, style: Style) -> tuple[str, Rich]:
    means = tidy["wave_means"]
    title = style.say("figure.waves.title" if _several(means) else "figure.waves.title_one")
    return title, style.rich("figure.waves.note", n=_counts(means, style))


def alt(tidy: Tidy, study: Study, style: Style) -> str:
    means = tidy["wave_means"]
    one = "" if _several(means) else "_one"
    rows = []
    for name in study.constructs:
        shown = [
            style.say(f"figure.waves.mean{one}", mean=_shown(m, style), wave=m.wave)
            for m in _of(means, name).itertuples()
        ]
        construct = study.label(name)[style.language]
        rows.append(style.say("figure.waves.row", construct=construct, means=style.say("unit.comma").join(shown)))
    rows.append(_counts(means, style) + style.say("unit.stop").strip())
    return style.say(f"figure.waves.alt{one}", rows=style.space.join(rows))


def _several(means: pd.DataFrame) -> bool:
    return means["wave"].nunique() > 1


def _of(means: pd.DataFrame, construct: str) -> pd.DataFrame:
    return means[means["construct"] == construct]


def _shown(m, style: Style) -> str:
    """A mean with its interval."""
    interval = style.interval(m.ci_lower, m.ci_upper, 2, bounded=False)
    return f"{style.number(m.mean)} {interval}".strip() or "–"


def _counts(means: pd.DataFrame, style: Style) -> str:
    """How many respondents each wave has, from the construct with the fewest scores to the one with the most."""
    by_wave = means.groupby("wave", sort=False)["n"]
    return style.say("unit.comma").join(
        style.say("figure.waves.n", wave=wave, n=style.counts(n)) for wave, n in by_wave
    )


def _error(means: pd.DataFrame) -> list[pd.Series]:
    return [means["mean"] - means["ci_lower"], means["ci_upper"] - means["mean"]]


def _by_wave(means: pd.DataFrame, study: Study, style: Style):
    constructs = list(study.constructs)
    across = min(len(constructs), ACROSS)
    down = ceil(len(constructs) / across)
    titles = [canvas.wrap(study.label(c)[style.language], canvas.FULL / across - 10) for c in constructs]
    figure = canvas.sheet(canvas.FULL, 10 + down * (46 + 3.6 * max(map(len, titles))))
    panels = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
    for axes, name, title in zip(panels, constructs, titles, strict=False):
        shown = _of(means, name)
        axes.errorbar(range(len(shown)), shown["mean"], yerr=_error(shown), capsize=2, **LOOK)
        axes.set(title="\n".join(title), xticks=range(len(shown)), xticklabels=shown["wave"])
        axes.margins(x=0.2)
    for axes in panels[len(constructs) :]:
        axes.axis("off")
    figure.supylabel(style.say("figure.waves.axis"), size=canvas.SIZE, x=0.008)
    figure.tight_layout(rect=(0.012, 0.03, 1, 1), w_pad=1.2)
    return figure


def _once(means: pd.DataFrame, study: Study, style: Style):
    words = ["\n".join(canvas.wrap(study.label(c)[style.language], 55)) for c in study.constructs]
    shown = means.set_index("construct").loc[list(study.constructs)]
    figure = canvas.sheet(canvas.MEDIUM, 18 + sum(5 + 3.6 * (w.count("\n") + 1) for w in words))
    axes = figure.subplots()
    places = range(len(words))
    axes.errorbar(shown["mean"], places, xerr=_error(shown), capsize=2, linestyle="none", **LOOK)
    axes.set(xlabel=style.say("figure.waves.axis"), yticks=places, yticklabels=words, ylim=(len(words) - 0.5, -0.5))
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    return figure
