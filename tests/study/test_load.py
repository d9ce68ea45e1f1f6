"""A study file is read as it is meant, or refused with the file, the line and the nearest right name."""

from pathlib import Path

import pytest

from analysis.errors import UserError
from analysis.study import load


def refusal(path="study.yaml") -> str:
    with pytest.raises(UserError) as caught:
        load(path)
    return str(caught.value)


def line_of(text: str, file="study.yaml") -> int:
    """The number of the first line that holds a text."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_a_study_in_order_is_read(small):
    study = load(small)
    assert study.items == ("st1", "st2", "st3", "ho1", "ho2", "of1", "of2", "mo1", "ou1", "ou2", "ou3")
    assert study.constructs["mood"].single
    assert study.hypotheses["H2"].path == ("stress", "mood", "output")
    assert [h.kind for h in study.hypotheses.values()] == [
        "direct",
        "mediation",
        "direct",
        "moderation",
        "group difference",
    ]
    assert study.hypotheses["H5"].differ_by == ("region",)
    assert study.scales()["support"] == ("ho1", "ho2", "of1", "of2")
    assert study.label("home")["zh"] == "家庭"
    assert study.options("region")[2].en == "Middle"


@pytest.mark.parametrize(
    "file", ["config/study.yaml", *(f"examples/{name}/study.yaml" for name in ("corporate-reputation", "ecsi"))]
)
def test_the_studies_of_the_project_are_in_order(file, monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    assert load(file).hypotheses


@pytest.mark.parametrize(
    ("right", "wrong", "nearest"),
    [
        ("seed: 7", "seeds: 7", "seed"),
        ("title: {en:", "title: {eng:", "en"),
        ("symbol: ST", "symbols: ST", "symbol"),
        ("    dimensions:\n", "    dimension:\n", "dimensions"),
        ("home: {label:", "home: {labels:", "label"),
        ("at_work: {en: At work", "at_work: {en: At work", None),
        ("expect: positive}\n  H4", "expects: positive}\n  H4", "expect"),
        ("moderated_by: support", "moderated-by: support", "moderated_by"),
        ("method: priorities", "methods: priorities", "method"),
        ("longest_run: 6", "longestrun: 6", "longest_run"),
        ("first: {file: first.csv, reader", "first: {file: first.csv, readers", "reader"),
        ("1: {en: East, zh", "1: {en: East, zhh", "zh"),
    ],
)
def test_a_misspelt_key_is_refused_at_its_line_with_the_nearest_one(edit, right, wrong, nearest):
    if nearest is None:
        right, wrong, nearest = "office: {label: {en", "office: {label: {enn", "en"
    edit(right, wrong)
    changed = next(w for w, r in zip(wrong.split(), right.split(), strict=True) if w != r)
    key = changed.strip("{:")
    assert f'study.yaml, line {line_of(changed)}: unknown key "{key}". Did you mean "{nearest}"?' in refusal()


@pytest.mark.parametrize(
    ("right", "wrong", "line", "message"),
    [
        (
            "stress -> output, e",
            "stres -> output, e",
            "H1:",
            'H1 names "stres", which is no construct. Did you mean "stress"?',
        ),
        (
            "moderated_by: support",
            "moderated_by: suport",
            "H4:",
            '"suport", which is no construct. Did you mean "support"?',
        ),
        (
            "outcome: output",
            "outcome: outputs",
            "Q1:",
            'Q1 names "outputs", which is no construct. Did you mean "output"?',
        ),
        ("differ_by: region", "differ_by: regions", "H5:", '"regions", which is no ordinal or nominal variable.'),
        ("differ_by: region", "differ_by: 3", "H5:", 'differ_by is "3"'),
        ("items: [st1, st2, st3]", "items: [st1, st2, st4]", "stress:", 'the item "st4" of "stress" is in no row'),
        ("items: [st1, st2, st3]", "items: [st1, st2, age]", "stress:", 'the item "age" of "stress" is of kind number'),
        ("items: [mo1]", "items: [st1]", "mood:", 'the item "st1" belongs to "stress" and to "mood".'),
        ("items: [mo1]", "items: []", "mood:", '"mood" needs either items or dimensions.'),
        ("office: {label", "mood: {label", "mood: {symbol", 'the name "mood" is used twice'),
        (
            "controls: [age,",
            "controls: [ages,",
            "controls:",
            '"ages" is in no row of the codebook. Did you mean "age"?',
        ),
        ("{check: 4}", "{chek: 4}", "attention:", '"chek" is in no row of the codebook. Did you mean "check"?'),
        ("{check: 4}", "{st1: 4}", "attention:", '"st1" is of kind likert, not attention.'),
        ("{check: 4}", "{check: 6}", "attention:", '6 is no answer to "check". Valid names are: 1, 2, 3, 4, 5.'),
        (
            "second.csv, reader: csv",
            "second.csv, reader: cvs",
            "second:",
            'waves.second.reader is "cvs". Did you mean "csv"?',
        ),
        ("second.csv, r", "second.csv, not_asked: [mo2], r", "second:", '"mo2" is in no row of the codebook.'),
        ("second.csv, r", "second.csv, rename: {Q1: mo2}, r", "second:", '"mo2" is in no row of the codebook.'),
        (
            "file: second.csv",
            "file: ./first.csv",
            "second:",
            "first.csv is registered twice, as wave first and as wave second.",
        ),
        ("expect: negative", "expect: negativ", "H1:", 'hypotheses.H1.expect is "negativ". Did you mean "negative"?'),
        ("stress -> output, e", "stress output, e", "H1:", "must join two or more constructs by ->"),
        ("{path: stress -> output, e", "{path: [stress, output], e", "H1:", "must be text with arrows"),
        ("mood -> output, e", "stress -> output, e", "H2:", "the path of H2 passes the same construct twice."),
        ("H1: {path: stress -> output,", "H1: {", "H1:", "H1 needs either a path, such as a -> b, or differ_by."),
        (
            "moderated_by: support",
            "moderated_by: stress",
            "H4:",
            '"stress" moderates a path of H4 that it is a part of.',
        ),
        (
            "mood -> output, expect",
            "mood -> output, moderated_by: support, expect",
            "H2:",
            "H2 must say which step of its path support moderates: stage: first (stress -> mood), second "
            "(mood -> output) or both.",
        ),
        ("moderated_by: support", "moderated_by: support, stage: first", "H4:", "which only a mediation with a mod"),
        ("seed: 7", "seed: 7\nstandard_errors: regon", "standard_errors", 'cluster by: wave, region. Did you mean "re'),
        ("seed: 7", "seed: 7\ndraws: 10", "draws", "draws"),
        ("seed: 7", "seed: 7\nverdicts: {decided_by: [regresion]}", "verdicts", 'Did you mean "regression"?'),
        ("{differ_by: region", "{moderated_by: mood, differ_by: region", "H5:", "has both moderated_by and differ_by"),
        (
            "H1: {path: stress -> output, expect: negative}",
            "H1: stress -> output",
            "H1:",
            "hypotheses.H1 needs keys of its own: path",
        ),
        ("seed: 7", "seed: soon", "seed", 'seed is "soon": it must be a whole number'),
        ("seed: 7\n", "", "name:", '"seed" is missing.'),
        ("symbol: ST, ", "", "stress:", '"constructs.stress.symbol" is missing.'),
        (
            "{en: East,",
            "{en: No,",
            "{en: No",
            "answers.regions.1.en must be text. Put a number, a date, or a word such as",
        ),
        (
            "{en: Middle,",
            "{en: East,",
            "regions:",
            'the answer scale "regions" has two answers in the same words, "East".',
        ),
        (
            "  regions:",
            "  region:",
            "answers:",
            'the codebook gives "region" the answer scale "regions", which is not defined',
        ),
        (
            "second.csv, r",
            "second.csv, missing: [3], r",
            "second:",
            'missing names 3, but it is an answer of the scale "regions" (West), and such answers would be lost.',
        ),
        (
            "second.csv, r",
            "second.csv, missing: [5, -1], not_asked: [region], r",
            "second:",
            'missing names 5, but it is an answer of the scale "agreement" (Strongly agree)',
        ),
        (
            "second.csv, r",
            "second.csv, missing: [30], r",
            "second:",
            'missing names 30, but it is a possible answer to "age" (18 to 80)',
        ),
        (
            "longest_run: 6",
            "leave_out: [attention, irv]",
            "leave_out:",
            'leave_out names "irv", which screening does not state',
        ),
        (
            "  attention: {check: 4}\n",
            "",
            "screening:",
            "which answer it asked for. Write under screening: attention: {check: the code of that answer}",
        ),
        (
            "controls: [age, region]",
            "controls: [age, check]",
            "controls:",
            '"check" is of kind attention and cannot be a control; it must be likert, ordinal, nominal or number.',
        ),
        (
            "    5: {en: Strongly agree",
            "    9: {en: Strongly agree",
            "agreement:",
            'the codes of the answer scale "agreement" are 1, 2, 3, 4, 9; answers of likert and of reverse-worded',
        ),
        ("waves:", "missing: []\nwaves:", "missing:", 'unknown key "missing".'),
        ("second.csv, reader: csv", "second.csv, reader: 问卷星", "second.csv", "Its reader is called wjx."),
        ("second.csv, reader: csv", "second.csv, reader: paper", "second.csv", "Valid names are: wjx, tencent,"),
        ("second.csv, r", "second.csv, missing: -99, r", "second.csv", "write it as a list, such as missing: [-99]."),
        ("second.csv, r", "second.csv, missing: [refused], r", "second.csv", 'recode: {SCALE: {"refused": -99}}.'),
        (
            "second.csv, r",
            "second.csv, recode: {agreement: [Neutral, 3]}, r",
            "second.csv",
            'must hold keys and values, such as recode: {agreement: {"ANSWER IN THE FILE": CODE}}.',
        ),
        (
            "second.csv, r",
            'second.csv, recode: {age: {"1998年": 1998}}, r',
            "second.csv",
            '1998, for "1998年", is no answer to "age", which allows 18 to 80.',
        ),
        ("longest_run: 6", "same_address: true", "same_address", "must be a number, not true or false"),
        (
            "  agreement:\n",
            "  agrement:\n",
            "answers:",
            'the codebook gives "st1" and 11 more questions the answer scale "agreement", which is not defined here. '
            'Did you mean "agrement"? No question has the scale agrement.',
        ),
        ("  stress: {symbol", "  wave: {symbol", "name:", 'the name "wave" is taken'),
        ("  stress: {symbol", "  const: {symbol", "name:", 'the name "const" is taken: the regressions call'),
        ("  stress: {symbol", "  group: {symbol", "name:", 'the name "group" is taken: the comparisons of groups'),
        ("  stress: {symbol", "  function: {symbol", "name:", 'the name "function" is taken: it is a word of R'),
        ("      home: {label", "      TRUE: {label", "name:", 'the name "TRUE" is taken: it is a word of R'),
        ("  H1: {path", "  NA: {path", "name:", 'the name "NA" is taken: it is a word of R'),
        ("  stress: {symbol", "  _stress: {symbol", "_stress:", "digits and _ only, a letter first"),
        (
            "  second: {file: second.csv, reader: csv}    # the main survey\n",
            "standard_errors: wave\n",
            "standard_errors",
            "standard_errors is wave, but the study has one wave only",
        ),
        (
            "  second: {file: second.csv, reader: csv}    # the main survey\n",
            "standard_errors: regon\n",
            "standard_errors",
            "what to cluster by: region. Did you mean",
        ),
        (
            "  stress: {symbol",
            "  1st: {symbol",
            "1st:",
            "use letters (of any script), digits and _ only, a letter first",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_at_its_line(edit, right, wrong, line, message):
    edit(right, wrong)
    assert any(
        fault.startswith(f"study.yaml, line {line_of(line)}: ") and message in fault for fault in refusal().splitlines()
    )


@pytest.mark.parametrize("name", ["if", "NaN", "const", "group", "firm", "_st1"])
def test_an_item_or_control_cannot_have_a_name_of_the_program_or_of_r(edit, name):
    edit("st1,likert", f"{name},likert", "codebook.csv")
    edit("[st1, st2, st3]", f"[{name}, st2, st3]")
    assert f'"{name}"' in refusal()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "region_2,number,,0,9,,How far?,多远？,\n",
            'the column "region_2" would stand for "region_2" itself and for an answer to the control "region"',
        ),
        (
            "wave_second,number,,0,9,,How far?,多远？,\n",
            'the column "wave_second" would stand for "wave_second" itself and for the wave second',
        ),
        (
            "places,multiple,regions,,,,Which?,哪些？,\nplaces_1,number,,0,9,,How far?,多远？,\n",
            'the column "places_1" would stand for "places_1" itself and for an answer to "places"',
        ),
    ],
)
def test_a_column_of_options_or_of_dummies_has_a_name_of_its_own(edit, rows, message):
    edit("region,nominal", f"{rows}region,nominal", "codebook.csv")
    assert refusal().count("\n") == 0 and message in refusal()


@pytest.mark.parametrize("kind", ["multiple", "identifier"])
def test_what_is_no_column_of_a_regression_is_no_control(edit, kind):
    scale = "regions" if kind == "multiple" else ""
    edit("region,nominal", f"other,{kind},{scale},,,,Which?,哪些？,\nregion,nominal", "codebook.csv")
    edit("controls: [age,", "controls: [other,")
    assert f'"other" is of kind {kind} and cannot be a control' in refusal()


def test_only_likert_answers_are_stretched(edit):
    edit("region,nominal", "region,ordinal", "codebook.csv")
    edit("second.csv, r", "second.csv, rescaled: {region: agreement}, r")
    assert '"region" cannot be rescaled: only answers of kind likert can be stretched.' in refusal()


def test_codes_with_gaps_are_for_attributes_alone(edit):
    edit("    3: {en: West", "    9: {en: West")
    load("study.yaml")
    edit("region,nominal,regions,,,,", "region,ordinal,regions,,,true,", "codebook.csv")
    assert 'the codes of the answer scale "regions" are 1, 2, 9' in refusal()


def test_a_study_without_any_path_is_refused(edit):
    text = Path("study.yaml").read_text(encoding="utf-8")
    begin, end = text.index("  H1:"), text.index("  H5:")
    edit(text[begin:end], "")
    assert "no hypothesis states a path" in refusal()


def test_an_answer_scale_needs_two_answers(edit):
    edit("    2: {en: Middle, zh: 中部}\n    3: {en: West, zh: 西部}\n", "")
    assert 'the answer scale "regions" needs two answers or more.' in refusal()


def test_all_faults_are_listed_at_once(edit):
    edit("path: stress -> output, e", "path: stres -> output, e")
    edit("items: [mo1]", "items: [mo9]")
    edit("controls: [age", "controls: [ages")
    edit("file: second.csv", "file: first.csv")
    found = refusal().splitlines()
    assert len(found) == 4
    assert all(any(word in fault for fault in found) for word in ("stres", "mo9", "ages", "first.csv"))


@pytest.mark.parametrize(
    ("key", "again"), [("seed: 7", "seed: 7\nseed: 8"), ("  H5:", "  H1: {path: mood -> output}\n  H5:")]
)
def test_a_key_that_is_there_twice_is_refused(edit, key, again):
    edit(key, again)
    name = again.split(":")[-2].split()[-1] if "H1" not in again else "H1"
    assert f'the key "{name}" is there twice' in refusal()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("[age, region]", "[age, region"),
        ("seed: 7", "seed: 7: 8"),
        ("seed: 7", "seed: !own 7"),
    ],
)
def test_bad_yaml_is_refused_with_its_line(edit, right, wrong):
    edit(right, wrong)
    assert refusal().startswith("study.yaml, line ")
    assert "this is not valid YAML" in refusal()


def test_a_tab_is_called_a_tab(edit):
    edit("seed: 7", "\tseed: 7")
    assert refusal() == f"study.yaml, line {line_of('seed')}: a tab stands here; indent with spaces."


def test_a_chinese_arrow_is_an_arrow(edit):
    edit("path: support -> mood", "path: support → mood")
    assert load("study.yaml").hypotheses["H3"].path == ("support", "mood")


def test_a_date_that_no_calendar_has_is_refused(edit):
    edit("seed: 7", "seed: 2024-13-45")
    assert f"study.yaml, line {line_of('seed')}" in refusal()


def test_a_control_character_is_refused_with_its_line(edit):
    edit("seed: 7", "seed: \x07")
    assert f"study.yaml, line {line_of('seed')}" in refusal()


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "only words\n"])
def test_a_file_that_holds_no_keys_is_refused(small, content):
    small.write_text(content, encoding="utf-8")
    assert "a study file is a list of keys and values" in refusal()


def test_a_study_that_names_no_codebook_is_told_how(edit):
    edit("codebook: codebook.csv\n", "")
    assert "Add a line such as: codebook: config/codebook.csv" in refusal()


def test_a_missing_file_is_named(edit):
    assert "no_such.yaml cannot be read" in refusal("no_such.yaml")
    edit("codebook: codebook.csv", "codebook: codes.csv")
    assert "codes.csv cannot be read: No such file" in refusal()


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("name,kind", "name,knd", 'line 1: unknown column "knd". Did you mean "kind"?'),
        ("zh,inspired_by", "inspired_by,inspired_by", 'line 1: the column "zh" is missing.'),
        ("st2,likert", "st1,likert", 'line 5: the variable "st1" is in the codebook twice.'),
        ("st2,likert", "st2,likrt", 'line 5: kind is "likrt". Did you mean "likert"?'),
        ("st2,likert", "2st,likert", "line 5: name"),
        ("st2,likert,agreement", "st2,likert,", 'line 5: "st2" is of kind likert, which needs an answer scale.'),
        ("age,number,,18,80", "age,number,regions,18,80", 'line 2: "age" is of kind number, which needs a minimum'),
        ("age,number,,18,80", "age,number,,,", 'line 2: "age" is of kind number, which needs a minimum'),
        ("age,number,,18,80", "age,number,,80,18", 'line 2: "age" is of kind number, which needs a minimum'),
        ("age,number,,18,80", "age,number,,young,80", 'line 2: minimum is "young"'),
        (
            "age,number,,18,80,,",
            "age,number,,18,80,true,",
            'line 2: "age" is of kind number, which cannot be turned round',
        ),
        ("I am at ease.,我很放松。", "I am at ease., ", "line 6: text.zh"),
        ("I am at ease.", "I am at ease, mostly.", "line 6: more cells than headings."),
    ],
)
def test_a_fault_in_the_codebook_is_refused_at_its_line(edit, right, wrong, message):
    edit(right, wrong, "codebook.csv")
    assert f"codebook.csv, {message}" in refusal()


def test_all_faults_of_the_codebook_are_listed_at_once(edit):
    edit("st2,likert", "st2,likrt", "codebook.csv")
    edit("ou1,likert,agreement", "ou1,likert,", "codebook.csv")
    assert len(refusal().splitlines()) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_codebook_and_study_may_be_saved_by_a_chinese_spreadsheet(small, encoding):
    plain = load(small)
    for file in ("codebook.csv", "study.yaml"):
        text = Path(file).read_text(encoding="utf-8")
        Path(file).write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert load(small) == plain


def test_neither_utf8_nor_gb18030_is_refused(small):
    Path("codebook.csv").write_bytes(b"name,kind,en,zh\n\xff\xff\xff")
    assert refusal() == (
        "codebook.csv is neither UTF-8 nor GB18030 text. Save it again as UTF-8 (in a spreadsheet: CSV UTF-8)."
    )


def test_spreadsheet_words_for_true_and_empty_rows_are_understood(edit):
    edit(",,,true,", ",,,TRUE,", "codebook.csv")
    edit("st1,likert", ",,,,,,,,\nst1,likert", "codebook.csv")
    assert load("study.yaml").codebook["st3"].reverse


def test_a_package_that_is_not_installed_is_said_in_the_path(edit):
    edit("file: second.csv", "package: no_such_package.data, file: second.csv")
    assert "not installed" in str(load("study.yaml").waves["second"].path)


def test_only_a_change_of_words_leaves_estimation_alone(edit):
    before = load("study.yaml")
    edit("en: Stress", "en: Strain")
    after = load("study.yaml")
    assert after.words() != before.words()
    assert after.theory() == before.theory()
    assert [after.asked(w) for w in after.waves] == [before.asked(w) for w in before.waves]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("H3: {path: support -> mood", "H3: {path: support -> output"),
        ("items: [st1, st2, st3]", "items: [st1, st2]"),
        ("controls: [age, region]", "controls: [age]"),
    ],
)
def test_a_change_of_theory_is_seen_by_estimation(edit, right, wrong):
    before = load("study.yaml")
    edit(right, wrong)
    assert load("study.yaml").theory() != before.theory()


def test_an_expected_sign_is_seen_by_verdicts_and_not_by_estimation(edit):
    before = load("study.yaml")
    edit("H3: {path: support -> mood, expect: positive}", "H3: {path: support -> mood, expect: negative}")
    after = load("study.yaml")
    assert after.claims() != before.claims() and after.theory() == before.theory()


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("study.yaml", "longest_run: 6", "longest_run: 5"),
        ("study.yaml", "en: Agree,", "en: I agree,"),
        ("codebook.csv", "My days are too short.", "My days are short."),
        ("codebook.csv", "age,number,,18", "age,number,,16"),
    ],
)
def test_a_change_of_what_is_asked_is_seen_by_every_wave(edit, file, right, wrong):
    before = load("study.yaml")
    edit(right, wrong, file)
    after = load("study.yaml")
    assert all(after.asked(w) != before.asked(w) for w in after.waves)
    assert after.theory() == before.theory()


def test_to_which_scale_an_item_belongs_is_seen_by_every_wave(edit):
    """Screening compares halves of scales; the items and their order stay."""
    before = load("study.yaml")
    edit("items: [ho1, ho2]", "items: [ho1]")
    edit("items: [of1, of2]", "items: [ho2, of1, of2]")
    after = load("study.yaml")
    assert after.items == before.items
    assert all(after.asked(w) != before.asked(w) for w in after.waves)


def test_the_number_of_imputations_is_no_change_of_theory(edit):
    before = load("study.yaml")
    edit("waves:", "missing_data: {imputations: 50, score_share: 0.8}\nwaves:")
    assert load("study.yaml").theory() == before.theory()


def test_a_change_of_one_wave_is_no_change_of_another(edit):
    before = load("study.yaml")
    edit("file: second.csv, reader: csv", "file: second.csv, reader: csv, missing: [-99]")
    after = load("study.yaml")
    assert after.asked("first") == before.asked("first")
    assert after.asked("second") != before.asked("second")
    assert after.theory() == before.theory()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ho1 ~~ oof1", '"oof1" is no item or dimension of the measurement model. Did you mean "of1"?'),
        ("suport =~ st1", '"suport" is no construct or dimension of several items. Did you mean "support"?'),
        ("support =~ home", '"home" is no item of the measurement model.'),
        ("mo1 ~~ st1", '"mo1" is the only item of "mood"'),
        ("mood =~ st1", '"mood" is no construct or dimension of several items.'),
        ("home =~ ho1", '"home =~ ho1" is in the model already'),
        ("ho1 ~~ ho1", "must join two different items"),
        ("ho1 ~~ office", "must join two different items"),
        ("st2 ~~ st1", '"st2 ~~ st1" is in the model already'),
        ("st1 ~ st2", 'must be a line such as "item1 ~~ item2" or "construct =~ item"'),
    ],
)
def test_a_respecification_that_cannot_be_is_refused_at_its_line(edit, line, message):
    added = "  - {add: st1 ~~ st2, reason: {en: Same word, zh: 用词相同}}\n"
    wrong = f"  - {{add: {line}, reason: {{en: Why, zh: 原因}}}}\n"
    edit("controls: [age, region]", f"respecifications:\n{added}{wrong}controls: [age, region]")
    assert f"study.yaml, line {line_of('Why')}: " in refusal()
    assert message in refusal()


def test_a_misspelt_key_of_a_respecification_is_refused_with_the_nearest_one(edit):
    edit("controls: [age", "respecifications:\n  - {ad: st1 ~~ st2, reason: {en: Why, zh: 原因}}\ncontrols: [age")
    assert f'study.yaml, line {line_of("Why")}: unknown key "ad". Did you mean "add"?' in refusal()
