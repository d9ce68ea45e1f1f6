"""A wave as it stands in a study file, and the text of a study file with one more."""

import yaml

from analysis.errors import UserError
from analysis.study import Wave

WIDTH = 120  # of a line in the study file


def with_wave(text: str, name: str, wave: Wave) -> str:
    """The text of a study file with one more wave at the end of its waves; every other line stays as it is."""
    root = yaml.compose(text)
    waves = next(value for key, value in root.value if key.value == "waves")
    if waves.flow_style:
        raise UserError("The waves of this study stand on one line in braces; put each on a line of its own first.")
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if not lines[-1].endswith("\n"):
        lines[-1] += ending
    end = waves.value[-1][1].end_mark
    last = end.line + 1 if end.column > 0 and lines[end.line].strip() else end.line
    while not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#"):
        last -= 1
    entry = wave_lines(name, wave, indent=waves.value[0][0].start_mark.column)
    return "".join([*lines[:last], *(line + ending for line in entry), *lines[last:]])


def wave_lines(name: str, wave: Wave, indent: int) -> list[str]:
    """A wave as it stands in a study file: on one line if it fits, otherwise a line a key, or an entry."""
    entry = {"file": wave.file, "reader": wave.reader} | exceptions(wave)
    before = " " * indent
    line = f'{before}"{name}": {flow(entry)}'
    if len(line) <= WIDTH:
        return [line]
    lines = [f'{before}"{name}":']
    for key, value in entry.items():
        line = f"{before}  {key}: {flow(value)}"
        if len(line) <= WIDTH or not isinstance(value, dict | list):
            lines.append(line)
        elif isinstance(value, dict):
            lines += [f"{before}  {key}:", *(f"{before}    {flow({k: v})[1:-1]}" for k, v in value.items())]
        else:
            lines += [f"{before}  {key}:", *(f"{before}    - {flow(item)}" for item in value)]
    return lines


def exceptions(wave: Wave) -> dict:
    """What a wave says beyond its file and reader."""
    stated = wave.model_dump(mode="json", exclude={"file", "reader"}, exclude_defaults=True)
    return {key: value for key, value in stated.items() if value}


def flow(value: object) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return text.removesuffix("...\n").strip()
