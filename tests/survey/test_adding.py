"""A new wave is proposed before anything is written; then it is one file and its lines."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.errors import UserError
from analysis.study import Wave, load
from analysis.survey import registry
from analysis.survey.adding import Proposal, add_wave, propose
from analysis.survey.study_text import with_wave
from analysis.survey.waves import clean


@pytest.fixture
def export(small) -> Path:
    """An export in another folder, like the first wave but with other ages."""
    registry.register(load(small))
    folder = Path("下载 (1)")
    folder.mkdir()
    table = pd.read_csv("first.csv")
    table["age"] += 1
    table.to_csv(folder / "第三轮, 终稿.csv", index=False)
    return folder / "第三轮, 终稿.csv"


def changed(export: Path, function, to: str = "new.csv") -> Proposal:
    """What is proposed for the export after a change of its table (all cells are text)."""
    table = function(pd.read_csv(export, dtype=str, keep_default_na=False))
    table.to_csv(to, index=False)
    return propose("study.yaml", to, "third")


def added(proposal: Proposal) -> Wave:
    """The wave as it stands in the study file once it is added; it can be cleaned."""
    assert proposal.faults == ""
    add_wave(proposal)
    study = load("study.yaml")
    assert len(clean(study, "third").ledger) == proposal.rows
    return study.waves["third"]


def everything() -> dict[str, bytes]:
    return {p.as_posix(): p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()}


def test_one_line_is_added_and_everything_else_stays(small, export):
    before = small.read_text(encoding="utf-8").splitlines()
    proposal = propose(small, export, "third")
    assert not proposal.decisions and proposal.matching == 14
    said = add_wave(proposal)
    line = "  \"third\": {file: 'data/raw/small/第三轮, 终稿.csv', reader: csv}"
    assert small.read_text(encoding="utf-8").splitlines() == [*before, line]
    assert "5 rows, 5 kept" in said
    study = load(small)
    assert study.waves["third"].path.read_bytes() == export.read_bytes()
    registry.verify(study, small)
    assert clean(study, "third").respondents["age"].to_list() == [35, 29, 52, 46, 40]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_file_that_is_at_home_is_not_copied_and_no_path_of_the_machine_is_written(small, export, absolute):
    home = Path("data/raw/small")
    home.mkdir(parents=True)
    export = export.rename(home / "third.csv")
    add_wave(propose(small, export.resolve() if absolute else export, "third"))
    assert load(small).waves["third"].file == "data/raw/small/third.csv"
    assert sorted(p.name for p in home.iterdir()) == ["SHA256SUMS", "third.csv"]


def test_a_platform_export_is_recognised(small, export):
    table = pd.read_csv(export)
    table.insert(0, "序号", range(1, 6))
    table.to_excel("按文本.xlsx", index=False)
    add_wave(propose(small, "按文本.xlsx", "third"))
    assert load(small).waves["third"].reader == "wjx"


def spoiled(kind: str, export: Path, small: Path) -> tuple[Path, str]:
    """An export and a name that cannot be added, for one of several reasons."""
    if kind == "the name is taken":
        return export, "second"
    if kind == "no name for a wave":
        return export, "spring 2026"
    if kind == "no file":
        return Path("no such.csv"), "third"
    if kind == "the same bytes":
        export.write_bytes(Path("first.csv").read_bytes())
    if kind == "a variable twice":
        text = export.read_text(encoding="utf-8").splitlines()
        export.write_text("\n".join([text[0] + ",AGE", *(f"{line},30" for line in text[1:])]), encoding="utf-8")
    if kind == "an unknown answer":
        export.write_text(export.read_text(encoding="utf-8").replace("35,1", "35,9"), encoding="utf-8")
    if kind == "an unknown kind of file":
        export.write_bytes(b"%PDF-1.7\x00\xff\xfe\x81")
    if kind == "another file is in its place":
        Path("data/raw/small").mkdir(parents=True)
        (Path("data/raw/small") / export.name).write_text("other", encoding="utf-8")
    if kind == "waves on one line":
        text = small.read_text(encoding="utf-8")
        begin = text.index("waves:")
        waves = "waves: {first: {file: first.csv, reader: csv}, second: {file: second.csv, reader: csv}}\n"
        small.write_text(text[:begin] + waves, encoding="utf-8")
    return export, "third"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("the name is taken", "wave second is there already, with the file second.csv."),
        ("no name for a wave", '"spring 2026" cannot name a wave'),
        ("no file", "no such.csv does not exist."),
        ("the same bytes", "it holds the same bytes as wave first, first.csv."),
        ("a variable twice", 'the columns "age" and "AGE" both hold "age".'),
        ("an unknown answer", 'row 2, column "region": "9" is no answer'),
        ("an unknown kind of file", "第三轮, 终稿.csv"),
        ("another file is in its place", "exists already; rename the new export."),
        ("waves on one line", "put each on a line of its own first."),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_written(small, export, kind, message):
    export, name = spoiled(kind, export, small)
    before = everything()
    with pytest.raises(UserError) as caught:
        proposal = propose(small, export, name)
        assert message in proposal.text() or not proposal.faults
        add_wave(proposal)
    assert message in str(caught.value) or message in proposal.text()
    assert everything() == before


WAVES = {
    "one line a wave": 'name: x\nwaves:\n  "1": {file: a.csv, reader: csv}   # the first\n\n# the end\n',
    "no line at the end": 'name: x\nwaves:\n  "1": {file: a.csv, reader: csv}',
    "more keys follow": "waves:\n    a:\n        file: a.csv\n        reader: csv   # plain\n    # done\n\nseed: 1\n",
    "windows": "waves:\r\n  a: {file: a.csv, reader: csv}\r\nseed: 1\r\n",
    "two lines a wave": "waves:\n  a: {file: a.csv,\n      reader: csv}\nseed: 1\n",
}


@pytest.mark.parametrize("text", WAVES.values(), ids=WAVES)
def test_the_line_is_put_after_the_last_wave_whatever_stands_around_it(text):
    new = with_wave(text, "二", Wave(file="b: c, [d] #e.csv", reader="csv"))
    read, before = yaml.safe_load(new), yaml.safe_load(text)
    assert read["waves"].pop("二") == {"file": "b: c, [d] #e.csv", "reader": "csv"}
    assert read == before
    old, lines = text.splitlines(keepends=True), new.splitlines(keepends=True)
    added = next(n for n, line in enumerate(lines) if "二" in line)
    assert [line.rstrip("\r\n") for line in lines[:added] + lines[added + 1 :]] == [line.rstrip("\r\n") for line in old]
    assert {line.endswith("\r\n") for line in lines} == {"\r\n" in text}
    many = Wave(file="c.csv", reader="csv", rename={f"a rather long heading {n}": "x" for n in range(9)}, missing=(-9,))
    third = yaml.safe_load(with_wave(new, "3", many))["waves"]["3"]
    assert third == many.model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_a_study_file_keeps_its_encoding_and_its_words(small, export, encoding):
    text = small.read_text(encoding="utf-8")
    small.write_bytes(text.encode(encoding))
    add_wave(propose(small, export, "third"))
    assert small.read_bytes().startswith(text.encode(encoding))
    assert small.read_bytes().decode(encoding).startswith(text)
    assert "third" in load(small).waves


def test_what_would_be_out_of_order_is_refused_before_anything_is_written(small, export):
    proposal = propose(small, export, "third")
    wrong = replace(proposal, wave=proposal.wave.model_copy(update={"not_asked": ("no_such",)}))
    before = everything()
    with pytest.raises(
        UserError, match=r'(?s)Nothing was written.*study.yaml, line \d+: "no_such" is in no row'
    ) as caught:
        add_wave(wrong)
    assert "tmp" not in str(caught.value)
    assert everything() == before


def test_an_older_wave_that_has_changed_is_not_registered_in_passing(small, export):
    older = small.parent / "first.csv"
    older.write_text(older.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="first.csv has changed since it was registered"):
        propose("study.yaml", export, "third")


def test_another_heading_is_found_by_its_words(small, export):
    proposal = changed(
        export,
        lambda t: t.rename(columns={"ho1": "My family often helps me.", "of2": "Q7 [My colleagues listen to me]"}),
    )
    found = {r.variable: r.heading for r in proposal.renamed}
    assert found == {"ho1": "My family often helps me.", "of2": "Q7 [My colleagues listen to me]"}
    assert proposal.reworded == {"ho1": "My family often helps me."}  # of2 differs by a stem and a full stop alone
    text = proposal.text()
    assert "in the codebook: My family helps me." in text and "likely: please compare" not in text.split("of2")[1]
    wave = added(proposal)
    assert wave.rename == {r.heading: r.variable for r in proposal.renamed}
    assert wave.reworded == ("ho1",)
    assert clean(load(small), "third").respondents["ho1"].tolist() == [3, 5, 2, 4, 1]


def test_names_written_otherwise_are_the_same_names(small, export):
    proposal = changed(export, lambda t: t.rename(columns={"ou1": "OU_01", "ou2": "OU_02", "ou3": "OU_03"}))
    assert added(proposal).rename == {"OU_01": "ou1", "OU_02": "ou2", "OU_03": "ou3"}


def test_the_place_among_known_columns_counts_where_the_words_are_few(small, export):
    other = changed(export, lambda t: t.rename(columns={"of1": "People at work assist me."}))
    assert [(r.variable, r.heading) for r in other.renamed] == [("of1", "People at work assist me.")]
    moved = changed(
        export,
        lambda t: t[[c for c in t if c != "of1"]].assign(**{"People at work assist me.": t["of1"]}),
    )
    assert moved.renamed == () and moved.wave.not_asked == ("of1",)
    another = changed(export, lambda t: t.rename(columns={"of1": "Is it raining?"}))
    assert another.renamed == () and another.wave.ignore == ("Is it raining?",)


def test_a_negation_is_pointed_out(small, export):
    proposal = changed(export, lambda t: t.rename(columns={"st3": "I am not at ease."}))
    assert "careful: only one of the two is negated" in proposal.text()


def test_what_is_not_asked_and_what_is_new(small, export):
    proposal = changed(
        export,
        lambda t: t.drop(columns="ou3").assign(
            weather=["wet"] * 5, 您的手机号码=[f"1380000{n}{n}{n}{n}" for n in range(1, 6)]
        ),
    )
    assert proposal.personal == {"phone": 1}
    text = proposal.text()
    assert "weather" in text and "1380000" not in text and "wet" not in text and "手机" not in text
    wave = added(proposal)
    assert (wave.not_asked, wave.ignore) == (("ou3",), ("weather",))


ANSWERS = {1: "Strongly disagree", 2: "Disagree", 3: "Neither", 4: "Agree", 5: "Strongly agree"}


def in_words(table: pd.DataFrame, **other: str) -> pd.DataFrame:
    words = {str(code): other.get(f"a{code}", word) for code, word in ANSWERS.items()}
    items = [c for c in table if c not in ("age", "region")]
    return table.assign(**{c: table[c].map(words) for c in items})


def test_an_answer_in_other_words_is_recoded(small, export):
    proposal = changed(export, lambda t: in_words(t, a3="Neutral", a5="Strongly agreed"))
    assert 'agreement: "Neutral" as 3 (一般 / Neither)' in proposal.text()
    assert added(proposal).recode == {"agreement": {"Neutral": 3, "Strongly agreed": 5}}


def test_an_answer_that_means_nothing_known_is_refused_by_name(small, export):
    before = small.read_bytes()
    proposal = changed(export, lambda t: in_words(t, a3="Ask me later"))
    assert proposal.unknown == {"agreement": ("Ask me later",)} and proposal.faults
    assert "agreement: Ask me later" in proposal.text()
    with pytest.raises(UserError, match="Nothing was added"):
        add_wave(proposal)
    assert small.read_bytes() == before


def test_an_unknown_answer_is_told_once_a_scale(small, export):
    """Not once an item: in the list by scale, and once with the first place where it stands."""
    proposal = changed(export, lambda t: pd.concat([in_words(t, a4="Ask me later")] * 3))
    assert proposal.faults.count('"Ask me later" is no answer') > 5
    assert proposal.text().count('"Ask me later" is no answer') == 1


def test_words_of_ones_own_are_not_shown(small, export):
    """What one respondent alone wrote may be private, and so may a name that comes often."""
    proposal = changed(export, lambda t: t.assign(st1=["My boss", "1", "2", "3", "4"], st2=["王小明"] * 5))
    assert proposal.faults and "boss" not in proposal.text() and "王小明" not in proposal.text()


def test_an_answer_beside_the_one_it_resembles_is_another(small, export):
    both = changed(
        export, lambda t: in_words(t, a4="Agreed").assign(ou1=["Agree", "Agreed", "Disagree", "Agree", "Agreed"])
    )
    assert both.unknown == {"agreement": ("Agreed",)} and both.faults


def test_a_whole_scale_is_stretched_in_one_entry(small, export, edit):
    four = "".join(f"    {n}: {{en: part {n}, zh: 区{n}}}\n" for n in range(1, 5))
    edit("  regions:\n", f"  parts:\n{four}  regions:\n")
    edit("region,nominal", "region,likert", "codebook.csv")
    edit("  H5: {differ_by: region}\n", "")
    registry.register(load(small))
    of_parts = [f"part {n}" for n in (1, 2, 3, 4, 4)]
    assert added(changed(export, lambda t: t.assign(region=of_parts))).rescaled == {"regions": "parts"}


def test_answers_that_are_no_likert_scale_are_not_stretched(small, export, edit):
    four = "".join(f"    {n}: {{en: part {n}, zh: 区{n}}}\n" for n in range(1, 5))
    edit("  regions:\n", f"  parts:\n{four}  regions:\n")
    edit("region,nominal", "region,ordinal", "codebook.csv")
    registry.register(load(small))
    assert changed(export, lambda t: t.assign(region=[f"part {n}" for n in (1, 2, 3, 4, 4)])).wave.rescaled == {}


def test_headings_that_say_nothing_are_not_guessed(small, export):
    proposal = changed(export, lambda t: t.set_axis([f"V{n}" for n in range(len(t.columns))], axis=1))
    assert proposal.renamed == () and proposal.faults


def test_a_negated_answer_is_not_near(small, export):
    assert changed(export, lambda t: in_words(t, a4="Do not agree")).wave.recode == {}


def test_another_scale_of_the_study_is_proposed(small, export, edit):
    seven = "".join(f"    {n}: {{en: seven {n}, zh: 七{n}}}\n" for n in range(1, 8))
    edit("  regions:\n", f"  seven:\n{seven}  regions:\n")
    wave = added(changed(export, lambda t: t.assign(ou1=[f"seven {n}" for n in (1, 7, 4, 2, 3)])))
    assert wave.rescaled == {"ou1": "seven"} and wave.recode == {}
    assert clean(load(small), "third").respondents["ou1"].tolist() == pytest.approx([1, 5, 3, 5 / 3, 7 / 3])


def test_codes_for_no_answer_are_proposed_as_missing(small, export):
    proposal = changed(export, lambda t: t.assign(ou1=["-99", *t["ou1"][1:]]))
    assert added(proposal).missing == (-99,)


def test_answers_of_another_family_are_recoded_by_their_order(small, export):
    other = dict(a1="完全不同意", a2="比较不同意", a3="一般", a4="比较同意", a5="完全同意")
    wave = added(changed(export, lambda t: in_words(t, **other)))
    assert wave.recode == {"agreement": {"完全不同意": 1, "比较不同意": 2, "比较同意": 4, "完全同意": 5}}


def test_seven_points_in_bare_numbers_are_recognised(small, export, edit):
    """Though regions has seven codes too; and where nobody chose 6 or 7 on one item."""
    seven = "".join(f"    {n}: {{en: seven {n}, zh: 七{n}}}\n" for n in range(1, 8))
    edit("  regions:\n", f"  seven:\n{seven}  regions:\n")
    edit("    3: {en: West", "".join(f"    {n}: {{en: r{n}, zh: 区{n}}}\n" for n in range(4, 8)) + "    3: {en: West")
    items = [i for i in load(small).items if i != "ou3"]
    proposal = changed(export, lambda t: t.assign(**{i: ["1", "7", "4", "6", "3"] for i in items}))
    assert proposal.wave.rescaled == {i: "seven" for i in (*items, "ou3")}


def test_short_codes_in_the_place_of_items_are_paired_unsurely(small, export):
    codes = {"st1": "Q1", "st2": "Q2", "st3": "Q3"}
    proposal = changed(export, lambda t: t.rename(columns=codes))
    assert proposal.text().count("(unsure, by its place and its answers alone: please compare)") == 3
    other = changed(export, lambda t: t.rename(columns=codes).assign(Q2=["9", "8", "9", "8", "9"]), "other.csv")
    assert other.renamed == ()
    assert added(proposal).rename == {"Q1": "st1", "Q2": "st2", "Q3": "st3"} and proposal.reworded == {}


def test_a_reversed_wording_is_not_sure_and_has_a_remedy(small, export):
    text = changed(export, lambda t: t.rename(columns={"mo1": "I am not in a good mood."})).text()
    assert "sure)" not in text and "likely: please compare)" in text
    assert 'recode: {mo1: {"1": 5, "2": 4, "3": 3, "4": 2, "5": 1}}' in text


def test_rows_of_an_earlier_wave_are_pointed_out(small, export):
    assert changed(export, lambda t: t).copies == {}
    table = pd.concat([pd.read_csv("first.csv"), pd.read_csv(export)])
    table.to_csv("later.csv", index=False)
    proposal = propose("study.yaml", "later.csv", "third")
    assert proposal.copies == {"first": (5, False)}
    assert "Careful: 5 of the 10 rows are equal to rows of wave first in all answers" in proposal.text()
    assert proposal.faults == ""


def test_a_file_without_items_is_told_that_alone(small, export):
    text = changed(export, lambda t: t.set_axis([f"V{n}" for n in range(len(t.columns))], axis=1)).text()
    assert "No column holds an item of a construct" in text and "not_asked" not in text and "ignore" not in text


def test_the_sheet_with_the_answers_is_named(small, export):
    with pd.ExcelWriter("book.xlsx") as book:
        pd.read_csv(export).to_excel(book, sheet_name="Old", index=False)
        pd.read_csv(export).assign(age=60).to_excel(book, sheet_name="New", index=False)
    with pytest.raises(UserError, match="--sheet"):
        propose(small, "book.xlsx", "third")
    add_wave(propose(small, "book.xlsx", "third", "New"))
    assert load(small).waves["third"].sheet == "New"


def test_rules_on_time_are_not_applied_where_the_file_has_no_times(small, export, edit):
    edit("  longest_run: 6\n", "  longest_run: 6\n  seconds_per_item: 2\n")
    proposal = changed(export, lambda t: t)
    assert "does not say how long anyone took" in proposal.text()
    assert added(proposal).no_duration


@pytest.mark.parametrize("wave", ["2023", "2024", "2025"])
def test_of_each_wave_of_the_default_study_is_proposed_what_the_study_states(tmp_path, monkeypatch, wave):
    project = Path(__file__).parents[2]
    shutil.copytree(project / "config", tmp_path / "config")
    shutil.copytree(project / "data/raw/sme-digitalisation", tmp_path / "data/raw/sme-digitalisation")
    monkeypatch.chdir(tmp_path)
    file = Path("config/study.yaml")
    stated = load(file)
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(rf'  "{wave}":.*\n(    .*\n)*', "", text), encoding="utf-8")
    proposal = propose(file, stated.waves[wave].path, wave)
    assert proposal.wave == stated.waves[wave]
    assert proposal.kept == (clean(stated, wave).ledger["status"] == "kept").sum()
