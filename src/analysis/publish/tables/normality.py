"""Are the answers jointly normal, and who stands far out? Mardia's moments, and Mahalanobis' distances in the note."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich, markup
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a construct, and one for all items together."""
    rows = []
    for r in tidy["normality"].itertuples():
        together = r.scale == "all"
        rows.append(
            row(
                [
                    style.say("table.normality.all") if together else labels.construct(study, r.scale, style),
                    style.count(r.n),
                    style.count(r.items),
                    *(style.number(r.skew), style.number(r.skew_chisq), style.number(r.skew_df, 0)),
                    style.p(r.skew_pvalue),
                    *(style.number(r.kurtosis), style.number(r.kurtosis_z), style.p(r.kurtosis_pvalue)),
                ]
            )
        )
    say = style.say
    header = [
        row(["", "", "", cell(say("table.items.skew"), span=4), cell(say("table.items.kurtosis"), span=3)]),
        row(
            [
                *(say("table.correlations.construct"), markup("_n_"), say("table.normality.items")),
                *(say("table.normality.value"), markup("χ²"), markup("_df_"), markup("_p_")),
                *(say("table.normality.value"), markup("_z_"), markup("_p_")),
            ]
        ),
    ]
    notes = [style.rich("table.normality.note"), *_outliers(tidy["outliers"], style)]
    return Content(["text", *["number"] * 9], header, rows, [style.join(*notes)])


def _outliers(outliers, style: Style) -> list[Rich]:
    """How many respondents lie beyond the quantile, by wave."""
    counted = outliers[outliers["flagged"].notna()]
    if counted.empty:
        return []
    shown = [
        style.say(
            "table.normality.flagged",
            wave=style.say("table.normality.waves") if r.wave == "all" else r.wave,
            flagged=style.count(r.flagged),
            n=style.count(r.n),
            share=style.percent(r.share),
        )
        for r in counted.itertuples()
        if r.wave != "all" or len(counted) != 2
    ]
    return [
        style.rich(
            "table.normality.outliers",
            quantile=style.bounded(counted["quantile"].iloc[0]),
            items=style.counts(counted["items"]),
            waves=style.say("unit.comma").join(shown),
        )
    ]
