"""Does the instrument measure? Loadings of every item, with the reliability and the AVE of every scale."""

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich, markup
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
        measured = [_with_interval(scale, k, style) for k in ("alpha", "omega")]
        measured += [style.bounded(scale.get(k)) for k in ("cr", "ave", "max_h")]
        return row([cell(words, bold=bold), *loaded, *measured], indent=indent)

    rows = []
    for name, construct in study.constructs.items():
        rows.append(line(name, labels.construct(study, name, style), 0, bold=True))
        rows += [line(i, labels.item(study, i, style), 1) for i in construct.items]
        for dimension_name, dimension in construct.dimensions.items():
            rows.append(line(dimension_name, dimension.label[style.language], 1))
            rows += [line(i, labels.item(study, i, style), 2) for i in dimension.items]
    header = [style.say("table.measurement.scale"), style.say("table.measurement.loading"), markup("_SE_")]
    header += [style.say("table.measurement.ci"), markup("_R_²"), style.say("table.measurement.alpha")]
    header += [style.say("table.measurement.omega"), "CR", "AVE", markup("_H_")]
    words = [style.rich("table.measurement.note"), *_hierarchical(by_scale["omega_h"].dropna(), study, style)]
    remarks = [(labels.scale(study, r.scale, style), r.note) for r in tidy["reliability"].itertuples()]
    notes = [style.join(*words), *labels.remarks(remarks, style)]
    return Content(["text", *["number"] * 9], [row(header)], rows, notes)


def _with_interval(scale, measure: str, style: Style) -> str:
    interval = style.interval(scale.get(f"{measure}_ci_lower"), scale.get(f"{measure}_ci_upper"))
    return f"{style.bounded(scale.get(measure))} {interval}".strip()


def _hierarchical(omegas, study: Study, style: Style) -> list[Rich]:
    """ω hierarchical of the second-order constructs."""
    shown = [f"{study.constructs[name].symbol} {style.bounded(value)}" for name, value in omegas.items()]
    return [style.rich("table.measurement.omega_h", values=style.say("unit.comma").join(shown))] if shown else []
