"""From raw rows to analysed respondents, by wave and rule."""

from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import known
from analysis.study import Study


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a step, a column a wave."""
    flow = tidy["case_flow"]
    waves = list(dict.fromkeys(flow["wave"]))
    counts = flow.pivot_table(index="step", columns="wave", values="n", aggfunc="sum", fill_value=0, sort=False)
    header = [row([style.say("table.case_flow.step"), *waves, *([style.say("unit.all")] if len(waves) > 1 else [])])]
    rows = []
    for step in dict.fromkeys(flow["step"]):
        numbers = [counts.loc[step, wave] for wave in waves]
        if len(waves) > 1:
            numbers.append(sum(numbers))
        last = step == "kept"
        rows.append(row([cell(_words(step, style), bold=last), *(cell(style.count(n), bold=last) for n in numbers)]))
    columns = ["text", *["number"] * (len(header[0].cells) - 1)]
    return Content(columns, header, rows, [style.rich("table.case_flow.note")])


def _words(step: str, style: Style) -> str:
    if known(f"step.{step}"):
        return style.say(f"step.{step}")
    reason = style.say(f"reason.{step}") if known(f"reason.{step}") else step
    return style.say("step.left_out", reason=reason)
