"""The mean of each construct in each wave, or of all constructs if there is one wave."""

from math import ceil, sqrt

import pandas as pd

from analysis.publish.figures import canvas
from analysis.publish.format import Style
from analysis.study import Study

Z = 1.959964  # half the width of a 95 % interval, in standard errors
COLOUR = "#0072b2"
ACROSS = 5  # panels in a row


def draw(tidy, study: Study, style: Style):
    scores, constructs = tidy["scores"], list(study.constructs)
    if scores["wave"].nunique() > 1:
        return _by_wave(scores, constructs, study, style)
    return _once(scores, constructs, study, style)


def alt(tidy, study: Study, style: Style) -> str:
    scores = tidy["scores"]
    waves = list(dict.fromkeys(scores["wave"]))
    one = "_one" if len(waves) == 1 else ""
    rows = []
    for name in study.constructs:
        means = []
        for wave in waves:
            mean, error = _mean(scores.loc[scores["wave"] == wave, name])
            interval = style.interval(mean - Z * error, mean + Z * error, 2, bounded=False)
            means.append(style.say(f"figure.waves.mean{one}", mean=style.number(mean), interval=interval, wave=wave))
        construct = study.label(name)[style.language]
        rows.append(style.say("figure.waves.row", construct=construct, means=style.say("unit.comma").join(means)))
    counts = [style.say("figure.waves.n_plain", wave=w, n=style.count((scores["wave"] == w).sum())) for w in waves]
    space = " " if style.language == "en" else ""
    rows.append(style.say("unit.comma").join(counts) + style.say("unit.stop").strip())
    return style.say(f"figure.waves.alt{one}", rows=space.join(rows))


def _mean(values: pd.Series) -> tuple[float, float]:
    """The mean and its standard error."""
    n = values.notna().sum()
    return values.mean(), values.std() / sqrt(n) if n else float("nan")


def _by_wave(scores: pd.DataFrame, constructs: list[str], study: Study, style: Style):
    import seaborn

    across = min(len(constructs), ACROSS)
    down = ceil(len(constructs) / across)
    waves = list(dict.fromkeys(scores["wave"]))
    titles = [canvas.wrap(study.label(c)[style.language], canvas.FULL / across - 10) for c in constructs]
    figure = canvas.sheet(canvas.FULL, 10 + down * (46 + 3.6 * max(map(len, titles))))
    panels = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
    for axes, name, title in zip(panels, constructs, titles, strict=False):
        seaborn.pointplot(
            scores, x="wave", y=name, order=waves, errorbar=("se", Z), color=COLOUR, ax=axes,
            markers="o", markersize=4, linewidth=1.1, err_kws={"linewidth": 1.1}, capsize=0.12,
        )  # fmt: skip
        axes.set(title="\n".join(title), xlabel="", ylabel="")
    for axes in panels[len(constructs) :]:
        axes.axis("off")
    figure.supylabel(style.say("figure.waves.axis"), size=canvas.SIZE, x=0.008)
    figure.tight_layout(rect=(0.012, 0.03, 1, 1), w_pad=1.2)
    return figure


def _once(scores: pd.DataFrame, constructs: list[str], study: Study, style: Style):
    import seaborn

    words = {c: "\n".join(canvas.wrap(study.label(c)[style.language], 55)) for c in constructs}
    tall = scores[constructs].rename(columns=words).melt(var_name="construct", value_name="score")
    figure = canvas.sheet(canvas.MEDIUM, 18 + sum(5 + 3.6 * (w.count("\n") + 1) for w in words.values()))
    axes = figure.subplots()
    seaborn.pointplot(
        tall, x="score", y="construct", order=list(words.values()), errorbar=("se", Z), color=COLOUR,
        linestyle="none", markers="o", markersize=4, err_kws={"linewidth": 1.1}, capsize=0.2, ax=axes,
    )  # fmt: skip
    axes.set(xlabel=style.say("figure.waves.axis"), ylabel="")
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    return figure
