"""A table as HTML that a screen reader can walk through: caption, scopes, groups, notes tied to the table."""

from html import escape

from analysis.publish.table import Cell, Row, Table
from analysis.publish.words import Rich, say

STYLE = """\
.paper-table{border-collapse:collapse;border-top:1.5pt solid;border-bottom:1.5pt solid;line-height:1.35;
  font-variant-numeric:tabular-nums}
.paper-table caption{text-align:left;padding-bottom:.5em}
.paper-table caption b{display:block}
.paper-table caption i{font-weight:normal}
.paper-table:lang(zh) caption{text-align:center;font-weight:bold}
.paper-table:lang(zh) caption b{display:inline;margin-right:1em}
.paper-table:lang(zh) caption i{font-style:normal;font-weight:bold}
.paper-table th,.paper-table td{padding:.18em .6em;font-weight:normal;text-align:center;vertical-align:baseline}
.paper-table thead th{vertical-align:bottom}
.paper-table thead tr:last-child th{border-bottom:.75pt solid}
.paper-table th.spanner{border-bottom:.5pt solid}
.paper-table .text{text-align:left}
.paper-table tbody .text{white-space:nowrap}
.paper-table tbody .wraps,.paper-table tbody .group{white-space:normal}
.paper-table .wraps{min-width:13rem}
.paper-table thead th{word-break:keep-all}
.paper-table td.number{white-space:nowrap}
.paper-table .starred{padding-right:1.7em}
.paper-table .stars{position:absolute}
.paper-table tbody th.group{padding-top:.6em}
.paper-table tr.foot:not(.foot+.foot)>*{padding-top:.7em}
.paper-table .indent-1{padding-left:1.6em}
.paper-table .indent-2{padding-left:2.8em}
.table-notes{font-size:.88em;max-width:60em;line-height:1.45}
.table-notes p{margin:.35em 0}
"""


def fragment(table: Table) -> str:
    """The table and its notes; ids are made from the table's name and language."""
    identity = f"{table.name}-{table.language}"
    starred = table.starred()
    number = escape(say("unit.table", table.language, number=table.number))
    lines = [
        f'<table class="paper-table" lang="{table.language}" aria-describedby="notes-{identity}">',
        f"<caption><b>{number}</b> <i>{escape(table.title)}</i></caption>",
        "<thead>",
        *(_head(line, table) for line in table.header),
        "</thead>",
        "<tbody>",
    ]
    if not table.rows:
        lines = [f'<p lang="{table.language}"><b>{number}</b> <i>{escape(table.title)}</i></p>']
    for i, line in enumerate(table.rows):
        if i and line.kind == "group":
            lines += ["</tbody>", "<tbody>"]
        lines.append(_body(line, table, starred))
    lines += ["</tbody>", "</table>"] if table.rows else []
    lines += [f'<div class="table-notes" id="notes-{identity}" lang="{table.language}">']
    lines += [f"<p>{inline(note)}</p>" for note in table.notes]
    return "\n".join([*lines, "</div>"])


def render(table: Table) -> bytes:
    """A page that holds the table alone."""
    title = escape(f"{say('unit.table', table.language, number=table.number)} {table.title}")
    page = f"""\
<!doctype html>
<html lang="{table.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body{{font-family:Georgia,"Times New Roman","Songti SC","Noto Serif CJK SC",SimSun,serif;margin:2em}}
{STYLE}</style>
</head>
<body>
<main>
{fragment(table)}
</main>
</body>
</html>
"""
    return page.encode()


def inline(runs: Rich) -> str:
    text = ""
    for run in runs:
        piece = escape(run.text)
        piece = f"<em>{piece}</em>" if run.italic else piece
        text += f"<strong>{piece}</strong>" if run.bold else piece
    return text


def _head(line: Row, table: Table) -> str:
    cells, at = [], 0
    for c in line.cells:
        kind = table.columns[at]
        at += c.span
        if c.span > 1:
            cells.append(f'<th scope="colgroup" colspan="{c.span}" class="spanner">{inline(c.runs)}</th>')
        elif c.runs:
            cells.append(f'<th scope="col" class="{kind}">{inline(c.runs)}</th>')
        else:
            cells.append("<td></td>")
    return f"<tr>{''.join(cells)}</tr>"


def _body(line: Row, table: Table, starred: set[int]) -> str:
    first, *rest = line.cells
    wrapping = table.wrapping()
    if line.kind == "group":
        left = len(table.columns) - sum(c.span for c in rest)
        head = f'<th scope="rowgroup" colspan="{left}" class="text group">{inline(first.runs)}</th>'
    else:
        wraps = " wraps" if 0 in wrapping else ""
        head = f'<th scope="row" class="text indent-{line.indent}{wraps}">{inline(first.runs)}</th>'
    cells, at = [head], 1
    for c in rest:
        kind = "text wraps" if at in wrapping else table.columns[at]
        cells.append(_data(c, kind, at in starred))
        at += c.span
    return f'<tr class="{line.kind}">{"".join(cells)}</tr>'


def _data(c: Cell, kind: str, starred: bool) -> str:
    mark = f'<span class="stars">{c.stars}</span>' if c.stars else ""
    span = f' colspan="{c.span}"' if c.span > 1 else ""
    return f'<td{span} class="{kind}{" starred" if starred and c.span == 1 else ""}">{inline(c.runs)}{mark}</td>'
