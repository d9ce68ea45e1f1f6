"""A draft tells what the file tells, invents nothing, and can be checked and carried on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UserError
from analysis.study import Study, load
from analysis.survey import registry, usual_answers
from analysis.survey.drafting import _split_at
from analysis.survey.starting import draft, left_to_state
from analysis.survey.waves import clean

DATA = Path(__file__).parents[2] / "../shared/data"


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def started(columns: dict[str, list], name: str = "mine.xlsx") -> Study:
    """The study drafted from a workbook with these columns, as it stands in its files."""
    pd.DataFrame(columns).to_excel(name, index=False)
    return written(name)


def written(file: str | Path) -> Study:
    drafted = draft(file)
    drafted.write()
    study = load(drafted.study_file, draft=True)
    registry.verify(study, drafted.study_file)
    for wave in study.waves:
        assert len(clean(study, wave).ledger)
    return study


def words(study: Study, variable: str) -> list[tuple[str, str]]:
    return [(text.en, text.zh) for text in study.options(variable).values()]


def answers(n: int, seed: int = 1, low: int = 1, high: int = 5, turned: tuple[int, ...] = ()) -> pd.DataFrame:
    """Answers of 200 people to n items that go together, those of ``turned`` the other way round."""
    random = np.random.default_rng(seed)
    one = random.normal(size=(200, 1)) + random.normal(scale=0.7, size=(200, n))
    codes = np.clip(np.round((one + 2.5) / 5 * (high - low) + low), low, high).astype(int)
    codes[:, list(turned)] = low + high - codes[:, list(turned)]
    return pd.DataFrame(codes)


AGREE = ["非常不同意", "不同意", "一般", "同意", "非常同意"]


def test_a_matrix_in_words_becomes_items_of_one_construct(here):
    items = answers(4, turned=(2,)).map(lambda code: AGREE[code - 1])
    study = started(
        {
            "序号": range(1, 201),
            "提交答卷时间": ["2024/12/4 15:13:47"] * 200,
            "所用时间": ["245秒"] * 200,
            "1、您的姓名": [f"王{n}" for n in range(200)],
            "2、您的性别": ["男", "女"] * 100,
            "3、贵企业的规模": ["50人以下", "50–299人", "300人及以上", "300人及以上"] * 50,
            "4、您的看法—1.压力很大": items[0],
            "4、2.时间不够": items[1],
            "4、3.我很放松": items[2],
            "4、4.常常加班": items[3],
            "4、5.本题请选择同意": ["同意"] * 200,
            "5、您的建议": [f"请把第{n}个流程再做得简单一些，谢谢你们" for n in range(200)],
        }
    )
    kinds = {v.name: v.kind for v in study.codebook.values()}
    likert = dict.fromkeys(("q4_1", "q4_2", "q4_3", "q4_4"), "likert")
    assert kinds == {"q2": "nominal", "q3": "ordinal"} | likert | {"q4_5": "attention"}
    assert words(study, "q4_1") == [
        ("Strongly disagree", "非常不同意"),
        ("Disagree", "不同意"),
        ("Neither agree nor disagree", "一般"),
        ("Agree", "同意"),
        ("Strongly agree", "非常同意"),
    ]
    assert words(study, "q2") == [("Male", "男"), ("Female", "女")]
    assert [zh for _, zh in words(study, "q3")] == ["50人以下", "50–299人", "300人及以上"]
    assert study.codebook["q4_3"].text.zh == "我很放松"
    assert [v.name for v in study.codebook.values() if v.reverse] == ["q4_3"]
    (construct,) = study.constructs.values()
    assert (construct.items, construct.label.zh) == (("q4_1", "q4_2", "q4_3", "q4_4"), "您的看法")
    assert study.screening.attention == {"q4_5": 4} and study.screening.seconds_per_item == 2
    assert list(study.waves) == ["2024"]
    text = Path("studies/mine/study.yaml").read_text(encoding="utf-8")
    assert "王" not in text and "姓名" not in text and "流程" not in text


def test_codes_in_blocks_named_alike_become_constructs_on_their_own_scales(here):
    five, seven = answers(3, seed=2), answers(3, seed=3, high=7)
    study = started(
        {f"PE{n + 1}": five[n] for n in range(3)}
        | {f"hab_{n + 1}": seven[n] for n in range(3)}
        | {"gender": [1, 2] * 100, "income": [1, 2, 3, 4] * 50, "age": range(18, 218), "weight": [70.5, 80.25] * 100}
    )
    assert {name: (c.symbol, c.items) for name, c in study.constructs.items()} == {
        "pe": ("PE", ("PE1", "PE2", "PE3")),
        "hab": ("HAB", ("hab_1", "hab_2", "hab_3")),
    }
    assert list(study.options("PE1")) == [1, 2, 3, 4, 5] and list(study.options("hab_1")) == [1, 2, 3, 4, 5, 6, 7]
    kinds = [study.codebook[name].kind for name in ("gender", "income", "age", "weight")]
    assert kinds == ["nominal", "ordinal", "number", "number"]
    assert (study.codebook["age"].minimum, study.codebook["age"].maximum) == (18, 217)


def test_several_ticked_options_and_negative_codes(here):
    study = started(
        {"tools": ["ERP┋CRM", "CRM", "", "AI┋ERP"] * 10, "PE1": [1, 2, 5, -99] * 10, "PE2": [4, 2, 5, 3] * 10}
        | {"PE3": [1, 3, 5, 3] * 10}
    )
    assert study.codebook["tools"].kind == "multiple"
    assert [en for en, _ in words(study, "tools")] == ["ERP", "CRM", "AI"]
    (wave,) = study.waves.values()
    assert wave.missing == (-99,)
    assert clean(study, next(iter(study.waves))).respondents["PE1"].isna().sum() == 10


def test_value_labels_bring_codes_order_and_what_is_missing(here):
    import pyreadstat

    levels = {1.0: "Low", 2.0: "Middle", 3.0: "High", -9.0: "Refused"}
    table = pd.DataFrame(
        {"region": [3, 1, 2, -9] * 5, "firm_age": [4, 30, -9, 12] * 5} | {f"P{n}": [1, 3] * 10 for n in (1, 2, 3)}
    )
    labelled = {"region": levels, "firm_age": {-9.0: "Refused"}} | {f"P{n}": levels for n in (1, 2, 3)}
    labels = {"P1": "We are quick.", "region": "Where?"}
    pyreadstat.write_sav(table.astype(float), "mine.sav", variable_value_labels=labelled, column_labels=labels)
    study = written("mine.sav")
    assert {v.name: v.kind for v in study.codebook.values()} == {
        "region": "nominal",
        "firm_age": "number",
        **dict.fromkeys(("P1", "P2", "P3"), "likert"),
    }
    assert [(c, text.en) for c, text in study.options("P1").items()] == [(1, "Low"), (2, "Middle"), (3, "High")]
    assert study.codebook["P1"].text.en == "We are quick."
    assert study.codebook["firm_age"].minimum == 4
    assert next(iter(study.waves.values())).missing == (-9,)


def test_names_are_not_written_into_a_study(here):
    items = {f"PE{n + 1}": answers(3)[n] for n in range(3)}
    study = started(
        items
        | {"接待您的同事": ["王小明", "李雷", "韩梅梅", "张三"] * 50, "Who served you?": ["Ann", "Bob"] * 100}
        | {"店铺负责人": ["小A", "小B"] * 100, "来自": ["火星人", *["地球", "月球"] * 99, "地球"]}
        | {"所有制": ["国有", "民营", "外资", "民营"] * 50}
    )
    assert [v.kind for v in study.codebook.values()] == ["likert"] * 3 + ["nominal"]
    (wave,) = study.waves.values()
    assert wave.ignore == ("接待您的同事", "Who served you?", "店铺负责人", "来自")
    text = Path("studies/mine/study.yaml").read_text(encoding="utf-8")
    assert not [w for w in ("王小明", "Ann", "小A", "火星人") if w in text]
    assert any("接待您的同事" in line and "names" in line for line in left_to_state("studies/mine/study.yaml"))


def test_long_options_ticked_together_in_a_statistics_program_are_no_free_text(here):
    import pyreadstat

    options = [f"第{n}种很长很长很长很长很长的经营方式" for n in range(6)]
    table = pd.DataFrame({"sells": [f"{options[n]}┋{options[(n + 1) % 6]}" for n in range(6)], "age": range(30, 36)})
    pyreadstat.write_sav(table.astype({"age": float}), "mine.sav")
    assert written("mine.sav").codebook["sells"].kind == "multiple"


def test_options_recur_alone_and_sentences_do_not():
    def split(*cells):
        return _split_at(pd.Series(cells, dtype=object), ", ")

    assert split("A, B", "A", "B", "").to_list() == ["A┋B", "A", "B", ""]
    assert split("Yes, always", "Yes, sometimes", "No, never") is None
    degrees = [f"{side}, {much}" for side in ("Agree", "Disagree") for much in ("hardly", "rather", "wholly")]
    assert split(*degrees) is None
    assert split("A", "B") is None
    assert split(*(f"{a},{b}00" for a in (1, 2, 3) for b in (0, 5, 7))) is None


def test_options_that_qualtrics_joins_by_commas_are_drafted_as_such(here):
    rows = ['"Mail"', '"Mail,Chat"', '"Chat"', '"Chat"'] * 4
    heads = ["Q1", "Which?", '"{""ImportId"":""QID1""}"']
    Path("mine.csv").write_text("\n".join([*heads, *rows]), encoding="utf-8")
    study = written("mine.csv")
    assert study.codebook["Q1"].kind == "multiple"
    assert [en for en, _ in words(study, "Q1")] == ["Mail", "Chat"]


def test_words_of_no_usual_list_keep_the_order_in_which_they_came_and_say_so(here):
    levels = ["bronze", "gold", "silver"]
    study = started({f"M{n}": [levels[(n + k) % 3] for k in range(30)] for n in range(3)})
    assert [en for en, _ in words(study, "M0")] == levels
    assert study.codebook["M0"].kind == "likert"
    assert any("M0_answers: the order of its answers" in line for line in left_to_state("studies/mine/study.yaml"))


def test_items_that_their_authors_numbered_are_a_block(here):
    items = answers(5)
    study = started({f"{1 + n // 3}.{1 + n % 3} 说法{chr(19968 + n)}。": items[n] for n in range(5)})
    assert [c.items for c in study.constructs.values()] == [("q1_1", "q1_2", "q1_3"), ("q2_1", "q2_2")]


def test_two_columns_in_the_same_words_are_told_apart(here):
    item = answers(2).map(str)
    study = started({"Scale A [useful]": item[0], "Scale B [useful]": item[1]})
    assert [v.text.en for v in study.codebook.values()] == ["Scale A [useful]", "Scale B [useful]"]


def test_what_is_left_to_state_is_listed_in_order_with_its_lines(here):
    started({f"PE{n + 1}": answers(3)[n] for n in range(3)})
    file = Path("studies/mine/study.yaml")
    left = left_to_state(file)
    wanted = [
        "the title",
        "where the answers come from",
        "points_1_to_5: what each code",
        "what each construct is called",
    ]
    wanted += ["the hypotheses, a line each; there are none yet", "the question in both languages"]
    assert len(left) == len(wanted) and all(want in line for want, line in zip(wanted, left, strict=True))
    lines = file.read_text(encoding="utf-8").splitlines()
    places = [int(line.split("line ")[1].split(":")[0]) for line in left[:-1]]
    assert all("TO STATE" in lines[n - 1] for n in places) and places == sorted(places)
    assert left[-1].startswith("studies/mine/codebook.csv, lines 2–4: ")


def test_a_draft_lacks_its_theory_and_a_study_may_not(here):
    study = started({f"PE{n + 1}": answers(3)[n] for n in range(3)})
    file = Path("studies/mine/study.yaml")
    assert study.hypotheses == {}
    with pytest.raises(UserError) as caught:
        load(file)
    line = file.read_text(encoding="utf-8").splitlines().index("hypotheses:") + 1
    assert (
        str(caught.value)
        == f"{file}, line {line}: no hypothesis states a path, such as a -> b, so there is nothing to estimate."
    )


def test_nothing_that_is_there_is_overwritten(here):
    started({"PE1": [1, 2, 3]})
    before = {p: p.read_bytes() for p in here.rglob("*") if p.is_file()}
    with pytest.raises(UserError) as caught:
        draft("mine.xlsx").write()
    assert str(caught.value).splitlines() == [
        "studies/mine/study.yaml exists already.",
        "studies/mine/codebook.csv exists already.",
        "data/raw/mine/mine.xlsx exists already.",
        "Nothing was written. Choose another name with --name or --folder.",
    ]
    assert {p: p.read_bytes() for p in here.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("no.csv",), "no.csv does not exist."), (("mine.xlsx", "my study"), '"my study" cannot name a study')],
)
def test_what_cannot_be_started_is_refused(here, arguments, message):
    pd.DataFrame({"a": [1, 2]}).to_excel("mine.xlsx", index=False)
    with pytest.raises(UserError, match=message):
        draft(*arguments)


@pytest.mark.parametrize(
    "labels",
    [
        ["非常不同意", "不同意", "一般", "同意", "非常同意"],
        ["Strongly disagree", "Disagree", "Somewhat disagree", "Neutral", "Somewhat agree", "Agree", "Strongly agree"],
        ["完全不符合", "比较不符合", "一般", "比较符合", "完全符合"],
        ["Never", "Rarely", "Sometimes", "Often", "Always"],
        ["从不", "很少", "有时", "经常", "总是"],
        ["1 = very dissatisfied", "2 = dissatisfied", "3 = neutral", "4 = satisfied", "5 = very satisfied"],
    ],
)
def test_usual_answers_are_put_in_order_in_either_language(labels):
    mixed = labels[::-1]
    usual = usual_answers.known(mixed)
    found = usual_answers.drafted(usual, mixed)
    assert [words[usual_answers.language_of(labels[0])] for words in found] == labels
    assert all(words["en"] and words["zh"] for words in found)


def test_the_opposite_of_an_answer_was_offered_although_nobody_gave_it():
    usual = usual_answers.known(["同意", "非常同意", "一般"])
    assert [w["zh"] for w in usual_answers.drafted(usual, ["同意", "非常同意", "一般"])] == AGREE
    assert usual_answers.known(["红", "绿"]) is None


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["50人以上", "10–49人", "10人以下"], ["10人以下", "10–49人", "50人以上"]),
        (
            ["10,000 or more", "1,000 to 9,999", "none", "under 1,000"],
            ["none", "under 1,000", "1,000 to 9,999", "10,000 or more"],
        ),
        (["A 1", "B 1"], None),
        (["red", "3 blue"], None),
    ],
)
def test_answers_with_numbers_are_put_in_their_order(labels, order):
    assert usual_answers.by_number(labels) == order


REAL = {
    "utaut2_216/utaut2_216.csv": {"likert": 28, "ordinal": 2, "nominal": 1},
    "wjx_reportgen/wjx_800_800_0.xls": {"ordinal": 3, "nominal": 3, "multiple": 2},
    "wjx_reportgen/wjx_800_800_2.xls": {"ordinal": 5, "nominal": 1, "multiple": 2},
    "careless/careless_dataset2.csv": {"likert": 100},
    "limesurvey/survey_998192_R_data_file.csv": {"nominal": 2, "number": 4, "ordinal": 7, "likert": 5, "multiple": 1},
    "qualtrics/sample.csv": {},
    "qualtrics/sample_legacy.csv": {},
}


@pytest.mark.parametrize("file", REAL)
def test_real_exports_can_be_started_from(here, file):
    if not (DATA / file).is_file():
        pytest.skip(f"{file} is not beside the project")
    study = written(DATA / file)
    kinds = pd.Series([v.kind for v in study.codebook.values()], dtype=object).value_counts().to_dict()
    assert kinds == REAL[file]
    if file.startswith("utaut2"):
        constructs = {c.symbol: len(c.items) for c in study.constructs.values()}
        assert constructs == {"FC": 4, "HAB": 4, "SI": 3, "INT": 3, "HM": 3, "EE": 4, "PE": 4, "PV": 3}
        assert not any(v.reverse for v in study.codebook.values())


def test_the_name_of_another_study_is_refused(here):
    started({"PE1": [1, 2, 3]})
    before = {p: p.read_bytes() for p in here.rglob("*") if p.is_file()}
    pd.DataFrame({"PE1": [1, 2, 2]}).to_excel("other.xlsx", index=False)
    with pytest.raises(UserError, match=r'"mine" is taken by studies/mine/study.yaml'):
        draft("other.xlsx", "mine", "elsewhere")
    Path("data/raw/taken").mkdir()
    with pytest.raises(UserError, match='"taken" is taken: data/raw/taken holds the raw files'):
        draft("other.xlsx", "taken")
    (here / "other.xlsx").unlink()
    Path("data/raw/taken").rmdir()
    assert {p: p.read_bytes() for p in here.rglob("*") if p.is_file()} == before


def test_a_study_is_started_from_the_sheet_that_is_named(here):
    with pd.ExcelWriter("book.xlsx") as book:
        pd.DataFrame({"a": [1, 2, 3]}).to_excel(book, sheet_name="Notes", index=False)
        pd.DataFrame({"PE1": [1, 2, 3]}).to_excel(book, sheet_name="Answers", index=False)
    drafted = draft("book.xlsx", "mine", sheet="Answers")
    assert "PE1" in drafted.codebook_text and "sheet: Answers" in drafted.study_text
