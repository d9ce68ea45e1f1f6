"""Which answers looked suspect, by the study's own rules, and what was done about them."""

from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, row
from analysis.publish.words import known
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a rule; two columns a wave: the rows that it flagged, and those that no other rule flagged."""
    screening = tidy["screening"]
    rules = {(r.rule, r.wave): r for r in screening.itertuples()}
    stated = screening.drop_duplicates("rule").sort_values("leaves_out", ascending=False, kind="stable")
    rows, absent = [], False
    for rule in stated.itertuples():
        words = style.say(f"reason.{rule.rule}")
        unit, threshold = f"table.screening.units.{rule.rule}", ""
        if rule.threshold == rule.threshold:
            number = f"{rule.threshold:g}".replace("-", "−")
            threshold = style.say(unit, number=number) if known(unit) else number
        done = style.say("table.screening.leaves_out" if rule.leaves_out else "table.screening.flags")
        cells = []
        for wave in study.waves:
            found = rules.get((rule.rule, wave))
            absent |= found is None
            cells.append(f"{style.count(found.flagged)} ({style.count(found.alone)})" if found else "–")
        rows.append(row([words[0].upper() + words[1:], threshold, done, *cells]))
    header = [style.say(f"table.screening.{k}") for k in ("rule", "threshold", "done")]
    notes = [style.rich("table.screening.note")]
    notes += [style.rich("table.screening.absent")] if absent else []
    return Content(
        ["text", "number", "text", *["number"] * len(study.waves)],
        [row([*header, *study.waves])],
        rows,
        [style.join(*notes)],
    )
