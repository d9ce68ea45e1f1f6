"""Does the instrument measure? Loadings of every item, with the reliability and the AVE of every scale."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import markup
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a construct, a dimension and an item."""
    own = tidy["loadings"]["indicator"].map(study.owners) == tidy["loadings"]["scale"]  # no loadings added to the model
    by_indicator = tidy["loadings"][own].set_index("indicator")
    by_scale = tidy["reliability"].set_index("scale")

    def line(name: str, words: str, indent: int, bold: bool = False):
        loading = by_indicator.loc[name] if name in by_indicator.index else {}
        scale = by_scale.loc[name] if name in by_scale.index else {}
        loaded = [style.bounded(loading.get(k)) for k in ("std", "std_se")]
        loaded.append(style.interval(loading.get("std_ci_lower"), loading.get("std_ci_upper")))
        loaded.append(style.bounded(loading.get("r2")))
        alpha = style.bounded(scale.get("alpha"))
        interval = style.interval(scale.get("alpha_ci_lower"), scale.get("alpha_ci_upper"))
        measured = [f"{alpha} {interval}".strip(), *(style.bounded(scale.get(k)) for k in ("cr", "ave"))]
        return row([cell(words, bold=bold), *loaded, *measured], indent=indent)

    rows = []
    for name, construct in study.constructs.items():
        rows.append(line(name, labels.construct(study, name, style), 0, bold=True))
        rows += [line(i, labels.item(study, i, style), 1) for i in construct.items]
        for dimension_name, dimension in construct.dimensions.items():
            rows.append(line(dimension_name, dimension.label[style.language], 1))
            rows += [line(i, labels.item(study, i, style), 2) for i in dimension.items]
    header = [style.say("table.measurement.scale"), style.say("table.measurement.loading"), markup("_SE_")]
    header += [style.say("table.measurement.ci"), markup("_R_²"), style.say("table.measurement.alpha"), "CR", "AVE"]
    return Content(["text", *["number"] * 7], [row(header)], rows, [style.rich("table.measurement.note")])
