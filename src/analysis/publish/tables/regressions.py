"""Hierarchical regressions: the models side by side as columns, the outcomes one below the other."""

import math

from analysis.publish import labels
from analysis.publish.format import Style, stars
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich, known, markup
from analysis.study import Study
from analysis.study.model import control_terms


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A panel an outcome, two columns a model, and f² of the terms in the last model of the outcome."""
    terms, fits = tidy["regressions"], tidy["regression_fit"]
    models = sorted(fits["model"].unique())
    header = [
        row(["", *(cell(style.say("table.regressions.model", number=m), span=2) for m in models), ""]),
        row([style.say("table.regressions.term"), *[_head("B"), "β"] * len(models), markup("_f_²")]),
    ]
    rows, remarks = [], []
    for outcome in dict.fromkeys(fits["outcome"]):
        rows += _panel(
            terms[terms["outcome"] == outcome],
            fits[fits["outcome"] == outcome].set_index("model"),
            models,
            study,
            style,
        )
        remarks += [(study.constructs[outcome].symbol, n) for n in fits.loc[fits["outcome"] == outcome, "note"]]
    kinds = dict.fromkeys(labels.errors(study, kind, style) for kind in fits["errors"])
    errors = style.say("unit.comma").join(kinds)
    notes = [style.rich("table.regressions.note", errors=errors), *_references(study, style)]
    if terms["b"].isna().any():
        notes.append(style.rich("table.regressions.not_estimable"))
    columns = ["text", *["number"] * (2 * len(models) + 1)]
    panel = [] if labels.clustered(study) == "firm" else labels.panel(tidy["panel"], style)
    return Content(columns, header, rows, [style.join(*notes), *labels.remarks(remarks, style, study), *panel])


def _references(study: Study, style: Style) -> list[Rich]:
    """The answer of each nominal control, and the wave, that has no dummy."""
    dummies = dict.fromkeys(name for name, answer in control_terms(study).values() if answer is not None)
    first = {n: next(iter(study.waves if n == "wave" else study.options(n))) for n in dummies}
    named = [
        labels.attribute(study, n, style) + style.say("unit.colon") + labels.group(study, n, answer, style)
        for n, answer in first.items()
    ]
    return [style.rich("table.regressions.references", named=style.say("unit.semicolon").join(named))] if named else []


def _head(symbol: str):
    return (*markup(f"_{symbol}_"), *markup(" (_SE_)"))


def _panel(terms, fits, models, study, style: Style) -> list:
    """One outcome: which block each model adds, its terms, and the foot that describes each model."""
    outcome = labels.construct(study, terms["outcome"].iloc[0], style)
    blocks = [_block(fits["block"].get(m, ""), style) for m in models]
    rows = [
        row(
            [
                cell(style.say("table.regressions.outcome", label=outcome), bold=True),
                *(cell(block, span=2) for block in blocks),
                "",
            ]
        )
    ]
    by_model = {m: terms[terms["model"] == m].set_index("term") for m in models}
    order = [t for t in dict.fromkeys(terms["term"]) if t != "const"]
    for term in [*order, "const"]:
        cells = []
        for model in models:
            if term in by_model[model].index:
                t = by_model[model].loc[term]
                if not math.isfinite(t["b"]):
                    cells += ["–", "–"]
                    continue
                cells.append(cell(f"{style.number(t['b'], 3)} ({style.number(t['se'], 3)})"))
                beta = style.bounded(t["beta"])
                cells.append(cell(beta, stars(t["pvalue"]) if beta else ""))
            else:
                cells += ["", ""]
        last = by_model[max(fits.index)]
        f2 = style.number(last["f2"].get(term, math.nan), 3)
        rows.append(row([labels.predictor(study, term, style), *cells, f2], indent=1))
    return rows + _foot(by_model, fits, models, style)


def _block(block: str, style: Style) -> str:
    key = f"table.regressions.blocks.{block}"
    return style.say(key) if known(key) else block


def _foot(by_model, fits, models, style: Style) -> list:
    def f(value: float, p: float):
        return cell(style.number(value), stars(p), span=2)

    def plain(text: str):
        return cell(text, span=2)

    lines = {
        markup("_N_"): lambda m, fit: plain(style.count(fit["n"])),
        markup("_R_²"): lambda m, fit: plain(style.bounded(fit["r2"])),
        style.rich("table.regressions.adjusted"): lambda m, fit: plain(style.bounded(fit["r2_adjusted"])),
        markup("Δ_R_²"): lambda m, fit: plain(style.bounded(fit["delta_r2"])),
        style.rich("table.regressions.f2"): lambda m, fit: plain(style.number(fit["f2"], 3)),
        markup("_F_"): lambda m, fit: f(fit["f"], fit["f_pvalue"]),
        markup("Δ_F_"): lambda m, fit: f(fit["delta_f"], fit["delta_pvalue"]),
        style.rich("table.regressions.vif"): lambda m, fit: plain(style.number(by_model[m]["vif"].max())),
    }
    return [
        row([words, *(show(m, fits.loc[m]) if m in fits.index else plain("") for m in models), ""], "foot", indent=1)
        for words, show in lines.items()
    ]
