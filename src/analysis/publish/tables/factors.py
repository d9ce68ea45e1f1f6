"""Do the items go together enough for factors, and how many factors do they hold?"""

import pandas as pd

from analysis.publish import labels
from analysis.publish.format import Style
from analysis.publish.gather import Tidy
from analysis.publish.table import Content, cell, row
from analysis.publish.words import Rich
from analysis.study import Study

KINDS = ("pearson", "polychoric")
BEYOND = 2  # lines after the last factor that any rule retains


def build(tidy: Tidy, study: Study, style: Style) -> Content:
    """A line a number of factors, three columns a kind of correlation."""
    numbers = tidy["factor_numbers"]
    kinds = [k for k in KINDS if (numbers["kind"] == k).any()]
    by_kind = {k: numbers[numbers["kind"] == k].set_index("factor") for k in kinds}
    named = numbers[numbers["retained"] | numbers["map_least"]]
    last = min(numbers["factor"].max(), named["factor"].max() + BEYOND) if len(named) else len(numbers)
    rows = []
    for factor in sorted(f for f in set(numbers["factor"]) if f <= last):
        cells = [str(factor)]
        for kind in kinds:
            r = by_kind[kind].loc[factor]
            cells.append(cell(style.number(r["eigenvalue"]), bold=bool(r["retained"])))
            cells.append(style.number(r["random_95"]))
            cells.append(cell(style.bounded(r["map"], 4), bold=bool(r["map_least"])))
        rows.append(row(cells))
    header = [row(["", *(cell(style.say(f"table.factors.{kind}"), span=3) for kind in kinds)])] if kinds else []
    names = [style.say(f"table.factors.{k}") for k in ("eigenvalue", "random")]
    header.append(row([style.say("table.factors.factor"), *[*names, "MAP"] * len(kinds)]))
    notes = [
        style.rich("table.factors.note"),
        *_factorability(tidy["factorability"], style),
        _kept(by_kind, study, style),
    ]
    remarks = labels.remarks(_remarks(tidy, style), style, study)
    return Content(["text", *["number"] * (3 * len(kinds))], header, rows, [style.join(*notes), *remarks])


def _kept(by_kind: dict, study: Study, style: Style) -> Rich:
    """How many factors each rule keeps, beside how many scales and constructs the study has."""

    def by(kept: dict[str, int | None]) -> str:
        numbers = [style.say(f"table.factors.of_{k}", number="–" if n is None else n) for k, n in kept.items()]
        return style.say("unit.comma").join(numbers)

    def least(numbers: pd.DataFrame) -> int | None:
        """No component where the least is before any is taken out; None where there are no numbers."""
        if numbers["map"].isna().all():
            return None
        return int(numbers.index[numbers["map_least"]].min()) if numbers["map_least"].any() else 0

    parallel = {k: int(n["retained"].sum()) if n["random_95"].notna().any() else None for k, n in by_kind.items()}
    return style.rich(
        "table.factors.kept",
        parallel=by(parallel),
        map=by({kind: least(numbers) for kind, numbers in by_kind.items()}),
        scales=len(study.first_order()),
        constructs=len(study.constructs),
    )


def _remarks(tidy: Tidy, style: Style) -> list[tuple[str, str]]:
    """What the tables remark on: kinds of correlation, and KMO."""
    found = [(style.say(f"table.factors.{r.kind}"), r.note) for r in tidy["factor_numbers"].itertuples()]
    together = tidy["factorability"].query("item == 'all'")
    return found + [("KMO", note) for note in together["note"]]


def _factorability(table, style: Style) -> list:
    together, single = table[table["item"] == "all"], table.loc[table["item"] != "all", "kmo"].dropna()
    if together.empty or together["kmo"].isna().all() or single.empty:
        return []
    r = together.iloc[0]
    return [
        style.rich(
            "table.factors.factorability",
            n=style.count(r["n"]),
            kmo=style.bounded(r["kmo"]),
            least=style.bounded(single.min()),
            chisq=style.number(r["bartlett_chisq"]),
            df=style.number(r["bartlett_df"], 0),
            p=style.p_equation(r["bartlett_pvalue"]),
        )
    ]
