"""The vocabulary of a study: constructs and their items, hypotheses, waves, screening; no files, no data."""

import hashlib
import importlib.util
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Name = Annotated[
    str, Field(pattern=r"^[^\W\d_]\w*$", description="letters of any script, digits and _, a letter first")
]

WaveName = Annotated[str, Field(pattern=r"^\w+$", description="letters of any script, digits and _")]


class Part(BaseModel):
    """A part of the study file: unknown keys are refused, nothing is changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    """The same words in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def __getitem__(self, language: str) -> str:
        return getattr(self, language)


class Variable(Part):
    """A row of the codebook: one question, as asked."""

    name: Name
    kind: Literal["likert", "attention", "ordinal", "nominal", "multiple", "number", "identifier"]
    answers: str | None = None  # the answer scale; numbers have a minimum and a maximum instead
    minimum: float | None = None
    maximum: float | None = None
    reverse: bool = False
    text: Text
    label: Text | None = None  # a few words for tables and figures; without them the question itself is shown
    inspired_by: str | None = None


class Dimension(Part):
    """A facet of a second-order construct, measured by items of its own."""

    label: Text
    items: tuple[Name, ...] = Field(min_length=1)


class Construct(Part):
    """Something that the theory speaks of, measured by items, directly or through dimensions."""

    symbol: str = Field(pattern=r"^\w{1,6}$")
    label: Text
    items: tuple[Name, ...] = ()
    dimensions: dict[Name, Dimension] = {}

    @cached_property
    def all_items(self) -> tuple[str, ...]:
        return self.items + tuple(i for d in self.dimensions.values() for i in d.items)

    @property
    def single(self) -> bool:
        """Measured by one item alone, which then stands in the models itself."""
        return len(self.all_items) == 1


class Hypothesis(Part):
    """A claim as a person would say it: a path of two or more constructs, perhaps moderated, or a difference."""

    path: tuple[str, ...] = ()
    moderated_by: str | None = None
    stage: Literal["first", "second", "both"] | None = None  # of a mediation: which of its steps the moderator bends
    differ_by: tuple[str, ...] = ()
    expect: Literal["positive", "negative", "either"] = "either"

    @field_validator("path", mode="before")
    @classmethod
    def _arrows(cls, value):
        if not isinstance(value, str):
            raise ValueError('must be text with arrows, such as "resources -> performance"')
        parts = tuple(p.strip() for p in value.replace("→", "->").split("->"))
        if len(parts) < 2 or not all(parts):
            raise ValueError(f'must join two or more constructs by ->, but is "{value}"')
        return parts

    @field_validator("differ_by", mode="before")
    @classmethod
    def _one_or_many(cls, value):
        return (value,) if isinstance(value, str) else value

    @property
    def kind(self) -> Literal["direct", "mediation", "moderation", "moderated mediation", "group difference"]:
        if self.differ_by:
            return "group difference"
        if self.moderated_by:
            return "moderation" if len(self.path) == 2 else "moderated mediation"
        return "direct" if len(self.path) == 2 else "mediation"

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """The single arrows of the path."""
        return tuple(zip(self.path, self.path[1:], strict=False))

    @property
    def moderated(self) -> tuple[tuple[str, str], ...]:
        """The arrows that the moderator bends: of a mediation the first, the last or both, as `stage` says."""
        if not self.moderated_by:
            return ()
        first, last = self.steps[:1], self.steps[-1:]
        if self.kind == "moderation":
            return first
        return {"first": first, "second": last, "both": first + last}[self.stage or "first"]


class Respecification(Part):
    """A line that the researcher adds to the measurement model: a residual covariance, or a further loading."""

    add: str
    reason: Text

    @field_validator("add")
    @classmethod
    def _line(cls, value):
        parts = re.fullmatch(r"\s*(\w+)\s*(~~|=~)\s*(\w+)\s*", value)
        if not parts:
            raise ValueError('must be a line such as "item1 ~~ item2" or "construct =~ item"')
        return " ".join(parts.groups())

    @property
    def parts(self) -> tuple[str, str, str]:
        """Left-hand side, operator, right-hand side."""
        return tuple(self.add.split(" "))


class Question(Part):
    """What the study asks without expecting an answer."""

    text: Text
    method: Literal["configurations", "priorities"]
    outcome: str


SCREENING_RULES = (
    *("attention", "minimum_seconds", "seconds_per_item", "longest_run", "irv", "mahalanobis", "even_odd"),
    *("synonyms", "antonyms", "missing_share", "duplicates", "near_duplicates", "same_address"),
)


class Screening(Part):
    """What makes an answered questionnaire suspect. A rule that is not stated flags nobody.

    ``leave_out`` names the rules whose flags leave a row out of the analysis; without it all stated rules do. The
    flags of the others stand beside the data.
    """

    attention: dict[Name, int] = {}  # the answer that an attention check asked for
    minimum_seconds: float | None = Field(default=None, gt=0)  # for the whole questionnaire
    seconds_per_item: float | None = Field(default=None, gt=0)
    longest_run: int | None = Field(default=None, gt=1)  # flagged above
    irv: float | None = Field(default=None, gt=0)  # SD within the row; flagged below
    mahalanobis: float | None = Field(default=None, gt=0, lt=1)  # flagged beyond this quantile of chi-square
    even_odd: float | None = Field(default=None, ge=-1, le=1)  # as careless: higher is worse; flagged above
    synonyms: float | None = Field(default=None, ge=-1, le=1)  # flagged below
    antonyms: float | None = Field(default=None, ge=-1, le=1)  # flagged above
    pair_correlation: float = Field(default=0.6, gt=0, lt=1)  # what makes two items synonyms (antonyms: below minus it)
    missing_share: float | None = Field(default=None, ge=0, lt=1)  # flagged above
    duplicates: bool = False  # the same answers, time and duration as an earlier row
    near_duplicates: float | None = Field(default=None, gt=0.5, le=1)  # share of answers equal to an earlier row's
    same_address: int | None = Field(default=None, ge=1)  # more rows than this from one network address
    leave_out: tuple[Literal[SCREENING_RULES], ...] | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _numbers(cls, value, field):
        if isinstance(value, bool) and field.field_name != "duplicates":
            raise ValueError("must be a number, not true or false")
        return value

    @property
    def stated(self) -> tuple[str, ...]:
        """The rules that the study states, in the order in which reasons are looked for."""
        values = {rule: getattr(self, rule) for rule in SCREENING_RULES}
        return tuple(r for r, value in values.items() if value is not None and value is not False and value != {})

    @property
    def decisive(self) -> tuple[str, ...]:
        """The stated rules that leave a row out."""
        return self.stated if self.leave_out is None else tuple(r for r in self.stated if r in self.leave_out)


class MissingData(Part):
    """What is done about single answers left open."""

    score_share: float = Field(default=0.5, gt=0, le=1)  # the share of a scale's items that a score needs
    imputations: int = Field(default=0, ge=0, le=1000)  # completed data sets for the regressions; 0: none are made


METHODS = ("structural model", "regression")


class Verdicts(Part):
    """The rule by which hypotheses are judged."""

    decided_by: tuple[Literal[METHODS], ...] = Field(default=METHODS, min_length=1)  # judged differently: mixed
    correction: Literal["none", "holm", "bh"] = "none"  # of p for the number of hypotheses


READER_NAMES = (
    *("wjx", "tencent", "wenjuan", "qualtrics", "limesurvey", "spss", "stata", "kobo", "redcap", "google"),
    *("csv", "excel"),
)


class Wave(Part):
    """One raw export. Whatever its headings and wordings already say is not repeated here."""

    file: str
    package: str | None = None  # the file comes with this Python package
    reader: Literal[READER_NAMES]
    sheet: str | None = None  # of a workbook; without it the first
    rename: dict[str, Name] = {}  # heading in the file: name in the codebook
    ignore: tuple[str, ...] = ()
    not_asked: tuple[Name, ...] = ()
    missing: tuple[int, ...] = ()  # codes that mean "no answer"
    recode: dict[Name, dict[str, int]] = {}  # answer scale or variable: {answer in this file: code}
    reworded: tuple[Name, ...] = ()  # asked in other words that mean the same: no anchor of invariance
    rescaled: dict[Name, str] = {}  # answer scale or variable: the answer scale used here, stretched end to end
    no_duration: bool = False  # the file does not say how long anyone took, so rules on time are not applied

    def scale(self, variable: Variable) -> str | None:
        """The answer scale on which a variable was asked in this wave; an attention check keeps its own."""
        if variable.kind == "attention":
            return variable.answers
        return self.rescaled.get(variable.name, self.rescaled.get(variable.answers, variable.answers))

    @property
    def path(self) -> Path:
        if self.package is None:
            return Path(self.file)
        try:
            spec = importlib.util.find_spec(self.package)
        except (ImportError, ValueError):
            spec = None
        if spec is None or spec.origin is None:
            return Path(f"(package {self.package} is not installed)") / self.file
        return Path(spec.origin).parent / self.file

    @property
    def shown(self) -> str:
        """The file as messages, the ledger and the manifest name it: never with a path of this machine."""
        if self.package:
            return f"{self.package}:{self.file}"
        path = Path(self.file)
        if path.is_absolute():
            path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else Path(path.name)
        return path.as_posix()


class Study(Part):
    """A whole study, checked: every name that one part uses is defined in another."""

    name: str = Field(pattern=r"^[\w-]+$")
    title: Text
    synthetic: bool = False
    source: Text
    seed: int = Field(ge=0)
    codebook_file: str
    codebook: dict[str, Variable]
    answers: dict[str, dict[int, Text]]
    constructs: dict[Name, Construct]
    respecifications: tuple[Respecification, ...] = ()
    controls: tuple[Name, ...] = ()
    marker: tuple[Name, ...] = ()
    hypotheses: dict[Name, Hypothesis]
    questions: dict[Name, Question] = {}
    significance: float = Field(default=0.05, gt=0, lt=0.5)
    standard_errors: str = "HC3"  # of regressions: classical, HC3, or what to cluster by: wave, firm or an attribute
    draws: int = Field(default=5000, ge=100, le=100_000)  # of every bootstrap
    verdicts: Verdicts = Verdicts()
    screening: Screening = Screening()
    missing_data: MissingData = MissingData()
    waves: dict[WaveName, Wave] = Field(min_length=1)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """The items of all constructs, in the order of the study file."""
        return tuple(i for c in self.constructs.values() for i in c.all_items)

    @cached_property
    def owners(self) -> dict[str, str]:
        """The construct or dimension that each item belongs to, and the construct of each dimension."""
        owners = {i: name for name, c in self.constructs.items() for i in c.items}
        for name, construct in self.constructs.items():
            for dimension, described in construct.dimensions.items():
                owners |= {dimension: name, **dict.fromkeys(described.items, dimension)}
        return owners

    def options(self, variable: str) -> dict[int, Text]:
        """The answers that a variable allows, by code; empty for a number."""
        scale = self.codebook[variable].answers
        return self.answers[scale] if scale else {}

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        return tuple(v.name for v in self.codebook.values() if v.kind in kinds)

    def columns(self, variable: str) -> tuple[str, ...]:
        """The columns of a table of answers that hold a variable: one, one an option of a multiple answer (0 or 1: not
        ticked or ticked), none for an identifier, of which only a salted hash is kept, in the column ``firm``."""
        kind = self.codebook[variable].kind
        if kind == "multiple":
            return tuple(f"{variable}_{code}" for code in self.options(variable))
        return () if kind == "identifier" else (variable,)

    def scales(self) -> dict[str, tuple[str, ...]]:
        """The items of every construct and of every dimension, by name; a construct before its dimensions."""
        return {
            name: items
            for construct_name, construct in self.constructs.items()
            for name, items in [
                (construct_name, construct.all_items),
                *((d, dimension.items) for d, dimension in construct.dimensions.items()),
            ]
        }

    def first_order(self) -> dict[str, tuple[str, ...]]:
        """The factors that items measure, by name: dimensions and constructs without them, of two items or more."""
        upper = {name for name, construct in self.constructs.items() if construct.dimensions}
        return {name: items for name, items in self.scales().items() if len(items) > 1 and name not in upper}

    def label(self, name: str) -> Text:
        """The words for a construct, a dimension or a variable."""
        if name in self.constructs:
            return self.constructs[name].label
        for construct in self.constructs.values():
            if name in construct.dimensions:
                return construct.dimensions[name].label
        return self.codebook[name].label or self.codebook[name].text

    # The digests let a step run again when, and only when, the part of the study that it reads has changed.

    def asked(self, wave: str) -> str:
        """Digest of what the survey stage reads for one wave: codebook, answers, scales, screening, the wave."""
        asked = [v.model_dump(exclude={"label", "inspired_by"}) for v in self.codebook.values()]
        return self._digest(asked, self.answers, self.scales(), self.screening, {wave: self.waves[wave]})

    def theory(self) -> str:
        """Digest of what estimation reads: what measures what, claimed paths, controls, marker, waves."""
        constructs = {
            name: (c.items, {d: dimension.items for d, dimension in c.dimensions.items()})
            for name, c in self.constructs.items()
        }
        kinds = {v.name: (v.kind, v.answers and list(self.answers[v.answers])) for v in self.codebook.values()}
        paths = {name: (h.path, h.moderated, h.moderated_by, h.differ_by) for name, h in self.hypotheses.items()}
        measured = (constructs, self.respecifications, kinds)
        return self._digest(measured, self.controls, self.marker, paths, list(self.waves))

    def claims(self) -> str:
        """Digest of what verdicts read: the hypotheses with their expected signs, and the rule that judges them."""
        return self._digest(self.theory(), self.hypotheses, self.significance, self.verdicts)

    def words(self) -> str:
        """Digest of the whole study, words and all: what publishing reads."""
        return self._digest(self)

    @staticmethod
    def _digest(*parts) -> str:
        def plain(part):
            return part.model_dump(mode="json") if isinstance(part, BaseModel) else str(part)

        text = json.dumps(parts, default=plain, ensure_ascii=False, sort_keys=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
