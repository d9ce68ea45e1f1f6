"""The words of `words.yaml` in one language, with the values that a sentence holds."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Run:
    """A stretch of text in one face."""

    text: str
    italic: bool = False
    bold: bool = False


Rich = tuple[Run, ...]


def plain(text: str) -> Rich:
    """Text as it stands: what comes from data or from a study file, and holds no markup."""
    return (Run(text),) if text else ()


def say(key: str, language: str, **values: object) -> str:
    """The words of ``key`` without their markup, ``{name}`` replaced by values."""
    return "".join(run.text for run in rich(key, language, **values))


def rich(key: str, language: str, **values: object) -> Rich:
    """The words of ``key`` with their markup, ``{name}`` replaced by values."""
    return markup(_words()[key][language], **values)


def markup(text: str, **values: object) -> Rich:
    """``_x_`` is italic. Values are never read as markup."""
    parts = re.split(r"(?<![A-Za-z0-9{])_([^_{}]+)_(?![A-Za-z0-9}])", text)
    runs = (Run(part.format(**values), italic=i % 2 == 1) for i, part in enumerate(parts))
    return tuple(run for run in runs if run.text)


def known(key: str) -> bool:
    return key in _words()


@cache
def _words() -> dict[str, dict[str, str]]:
    """All words by dotted key: ``table.sample.title`` -> ``{en, zh}``."""
    content = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
    words: dict[str, dict[str, str]] = {}

    def collect(node: dict, prefix: str) -> None:
        for key, value in node.items():
            if set(value) == {"en", "zh"}:
                words[f"{prefix}{key}"] = value
            else:
                collect(value, f"{prefix}{key}.")

    collect(content, "")
    return words
