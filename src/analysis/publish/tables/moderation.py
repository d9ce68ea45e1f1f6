"""What the moderators change: products, simple slopes, where a slope is significant, conditional indirect effects."""

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, Row, cell, row
from analysis.publish.tables.model_fit import published
from analysis.publish.tables.side_by_side import COLUMNS, METHODS, header, line
from analysis.publish.words import Rich
from analysis.results import PUBLISHED
from analysis.study import Hypothesis, Study
from analysis.study.model import product_term

LATENT, SCORES = METHODS


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A panel a hypothesis that states a moderator."""
    rows, remarks = [], []
    for name, hypothesis in study.hypotheses.items():
        lines = _panel(name, hypothesis, tidy, study, style) if hypothesis.moderated_by else []
        if any(found for _, found in lines if isinstance(found, dict)):
            head = f"{name}{style.say('unit.colon')}{labels.claim(study, name, style)}"
            rows.append(row([head], "group"))
            rows += [_across(*some, style) if isinstance(some[1], tuple) else line(*some, style) for some in lines]
            found = [(words, r) for words, some in lines if isinstance(some, dict) for r in some.values()]
            remarks += [(f"{name}{style.say('unit.colon')}{words}", r.get("note") or "") for words, r in found]
    notes = [style.rich("table.moderation.note", level=style.level(study.significance)), *_draws(tidy, style)]
    notes += labels.drawn(study, style) if len(tidy["conditional_effects"]) else []
    notes += _fit(tidy["latent_moderation_fit"], style)
    header_rows = header(style.say("table.moderation.effect"), style)
    return Content(COLUMNS, header_rows, rows, [style.join(*notes), *labels.remarks(remarks, style, study)])


def _panel(name: str, hypothesis: Hypothesis, tidy: Tidy, study: Study, style: Style) -> list[tuple[str, object]]:
    """The lines of a hypothesis: words, and by method what was found, or what to say across all columns."""
    moderator = hypothesis.moderated_by
    symbol = study.constructs[moderator].symbol
    lines: list[tuple[str, object]] = []
    for source, target in hypothesis.moderated:
        at = {"hypothesis": name, "outcome": target, "predictor": source}
        path = labels.route(study, f"{source} -> {target}")
        product = f"{study.constructs[source].symbol} × {symbol} → {study.constructs[target].symbol}"
        lines.append((product, _product(at, moderator, tidy, study)))
        slopes = {LATENT: _rows(tidy["latent_slopes"], **at), SCORES: _rows(tidy["simple_slopes"], **at)}
        for value in dict.fromkeys(r["at"] for some in slopes.values() for r in some):
            here = {m: r | {"est": r["slope"]} for m, some in slopes.items() for r in some if r["at"] == value}
            lines.append((_where(path, moderator, value, study, style), here))
        region = _region(pd.DataFrame(_rows(tidy["johnson_neyman"], **at)), symbol, study, style)
        if region:
            lines.append((style.say("table.moderation.region", path=path), region))
    for r in _rows(tidy["conditional_effects"], hypothesis=name):
        words = style.say(f"table.moderation.effects.{r['effect']}")
        if r["effect"] == "conditional indirect":
            words = _where(words, moderator, r["at"], study, style)
        latent = _rows(tidy["latent_moderation"], hypothesis=name, effect=r["effect"])
        lines.append((words, {SCORES: r} | ({LATENT: latent[0]} if latent else {})))
    return lines


def _where(effect: str, moderator: str, at: str, study: Study, style: Style) -> str:
    return style.say("table.moderation.where", effect=effect, place=labels.place(study, moderator, at))


def _rows(table: pd.DataFrame, **where: str) -> list[dict]:
    for column, value in where.items():
        table = table[table[column] == value]
    return table.to_dict("records")


def _product(at: dict[str, str], moderator: str, tidy: Tidy, study: Study) -> dict[str, dict]:
    """The product of latent variables, and that of scores in the last model of the outcome."""
    term = product_term(study, at["predictor"], moderator)
    latent = _rows(tidy["latent_moderation"], effect="interaction", **at)[-1:]
    scores = _rows(tidy["regressions"], outcome=at["outcome"], term=term)[-1:]
    scores = [r | {"est": r["b"], "std": r["beta"]} for r in scores]
    return {method: found[0] for method, found in ((LATENT, latent), (SCORES, scores)) if found}


def _across(words: str, text: Rich, style: Style) -> Row:
    return row([words, cell(text, span=len(COLUMNS) - 1)], indent=1)


def _region(table: pd.DataFrame, moderator: str, study: Study, style: Style) -> Rich:
    """Johnson–Neyman in words: for which values of the moderator, and for how many respondents, the slope is
    significant."""
    if table.empty:
        return ()
    table = table.sort_values("value", ignore_index=True)
    edges = [i for i in table.index[table["boundary"]] if 0 < i < len(table) - 1]
    parts = []
    for start, end in zip([0, *edges], [*edges, len(table) - 1], strict=True):
        inside = table.loc[start:end]
        inside = inside[~inside["boundary"]]
        if inside.empty or inside["pvalue"].iloc[len(inside) // 2] >= study.significance:
            continue
        low, high = table.loc[start], table.loc[end]
        share = (high["below"] if end in edges else 1.0) - (low["below"] if start in edges else 0.0)
        kind = ("between" if end in edges else "above") if start in edges else "below" if end in edges else "everywhere"
        sign = style.say(f"table.moderation.{'positive' if inside['slope'].iloc[0] > 0 else 'negative'}")
        values = {"low": style.number(low["value"]), "high": style.number(high["value"]), "moderator": moderator}
        parts.append(style.say(f"table.moderation.{kind}", sign=sign, share=style.percent(share), **values))
    if not parts:
        ends = {"low": style.number(table["value"].iloc[0]), "high": style.number(table["value"].iloc[-1])}
        parts.append(style.say("table.moderation.nowhere", moderator=moderator, **ends))
    return cell(style.say("unit.semicolon").join(parts)).runs


def _draws(tidy: Tidy, style: Style) -> list[Rich]:
    table = tidy["conditional_effects"]
    if table.empty:
        return []
    return [style.rich("table.moderation.draws", **{k: style.counts(table[k]) for k in ("n", "draws", "failed")})]


def _fit(fit: pd.DataFrame, style: Style) -> list[Rich]:
    """How the model with latent products fits."""
    fit = fit[fit["estimator"] == PUBLISHED]
    if fit.empty:
        return []
    m = published(dict(zip(fit["measure"], fit["value"], strict=True)))
    values = {"chisq": style.number(m["chisq"]), "df": style.number(m["df"], 0), "p": style.p_equation(m["pvalue"])}
    values |= {k: style.bounded(m[k]) for k in ("cfi", "rmsea", "srmr")}
    return [style.rich("table.moderation.fit", n=style.count(m["ntotal"]), **values)]
