"""A table as a LaTeX fragment: booktabs rules, threeparttable notes (longtable if it is longer than a page)."""

from analysis.publish.table import Cell, Row, Table, placed
from analysis.publish.words import Rich

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}", "²": r"\textsuperscript{2}",
    "[": "{[}", "]": "{]}", "*": "{*}", '"': "''", "–": "--", "—": "---", "’": "'", "‘": "`", "“": "``", "”": "''",
    "\u00a0": "~", "†": r"\dag{}", "‡": r"\ddag{}",
}  # fmt: skip
_MATHS = {
    "<": "<", ">": ">", "−": "-", "±": r"\pm", "×": r"\times", "→": r"\rightarrow", "↔": r"\leftrightarrow",
    "√": r"\surd", "≥": r"\geq", "≤": r"\leq",
    "Δ": r"\Delta", "α": r"\alpha", "β": r"\beta", "χ": r"\chi", "ω": r"\omega",
}  # fmt: skip
_ESCAPES = str.maketrans(_SPECIAL | {sign: rf"\ensuremath{{{maths}}}" for sign, maths in _MATHS.items()})


def render(table: Table) -> bytes:
    """To be read with \\input; the first line says which packages it needs."""
    packages = "booktabs, longtable, array" if table.long else "booktabs, threeparttable, array"
    compiled = "; compile with XeLaTeX and ctex" if table.language == "zh" else ""
    head = f"% needs {packages}{compiled}"
    return "\n".join([head, *(_longtable(table) if table.long else _floating(table)), ""]).encode()


def escape(text: str) -> str:
    """Text that LaTeX prints as it stands."""
    return text.translate(_ESCAPES)


def _floating(table: Table) -> list[str]:
    grid = [
        rf"\begin{{tabular}}{{{_columns(table)}}}",
        r"\toprule",
        *_header(table),
        r"\midrule",
        *_rows(table),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return [
        r"\begin{table}[htbp]",
        r"\centering\small",
        r"\begin{threeparttable}",
        _caption(table),
        *(grid if table.rows else []),
        r"\begin{tablenotes}[flushleft]\footnotesize",
        *(rf"\item {inline(note)}" for note in table.notes),
        r"\end{tablenotes}",
        r"\end{threeparttable}",
        r"\end{table}",
    ]


def _longtable(table: Table) -> list[str]:
    return [
        r"\begingroup\small",
        rf"\begin{{longtable}}{{{_columns(table)}}}",
        _caption(table) + r"\\",
        r"\toprule",
        *_header(table),
        r"\midrule",
        r"\endfirsthead",
        r"\toprule",
        *_header(table),
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        *_rows(table),
        r"\end{longtable}",
        r"\noindent\begin{minipage}{\linewidth}\footnotesize",
        *(rf"{inline(note)}\par" for note in table.notes),
        r"\end{minipage}",
        r"\endgroup",
    ]


def _caption(table: Table) -> str:
    return rf"\caption{{{escape(table.title)}}}\label{{tab:{table.name.replace('_', '-')}}}"


def _columns(table: Table) -> str:
    """Text that is long wraps in a share of the line that the number columns leave over."""
    share = max(0.2, 0.8 - 0.085 * table.columns.count("number"))
    wrapped = rf">{{\raggedright\arraybackslash}}p{{{share:.2f}\linewidth}}"
    specification = {i: wrapped if i in table.wrapping() else "l" for i, c in enumerate(table.columns) if c == "text"}
    specification |= {i: r"c@{\hspace{2.2em}}" for i in table.starred()}  # room for the stars, which hang
    return "".join(specification.get(i, "c") for i in range(len(table.columns)))


def _header(table: Table) -> list[str]:
    lines = []
    for line in table.header:
        lines.append(" & ".join(_cell(c, "c") for c in line.cells) + r" \\")
        lines += [rf"\cmidrule(lr){{{at + 1}-{at + c.span}}}" for at, c in placed(line) if c.span > 1]
    return lines


def _rows(table: Table) -> list[str]:
    lines, before = [], None
    for line in table.rows:
        if before and (line.kind == "group" or line.kind == "foot" != before):
            lines.append(r"\addlinespace")
        lines.append(_group(line, table) if line.kind == "group" else _data(line))
        before = line.kind
    return lines


def _group(line: Row, table: Table) -> str:
    return _cell(Cell(line.cells[0].runs, span=len(table.columns)), "l") + r" \\"


def _data(line: Row) -> str:
    first, *rest = line.cells
    indent = r"\hspace*{1em}" * line.indent
    return " & ".join([indent + _cell(first, "l"), *(_cell(c, "c") for c in rest)]) + r" \\"


def _cell(c: Cell, align: str) -> str:
    text = inline(c.runs) + (rf"\rlap{{{escape(c.stars)}}}" if c.stars else "")
    return rf"\multicolumn{{{c.span}}}{{{align}}}{{{text}}}" if c.span > 1 else text


def inline(runs: Rich) -> str:
    text = ""
    for run in runs:
        piece = escape(run.text)
        piece = rf"\textit{{{piece}}}" if run.italic else piece
        text += rf"\textbf{{{piece}}}" if run.bold else piece
    return text
