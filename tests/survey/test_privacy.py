"""Personal columns are known by what they ask for and by what they hold; no message shows what is personal."""

import pandas as pd
import pytest

from analysis.survey.privacy import (
    filled,
    is_credit_code,
    is_identity_number,
    kind_of,
    kind_of_cells,
    looks_like_a_name,
    masked,
)

IDENTITY = "11010519491231002X"  # the example of GB 11643
CREDIT = "91350100M000100Y43"  # the example of GB 32100


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        *(
            (h, "name")
            for h in ("姓名", "3、您的姓名：", "贵企业名称", "公司全称（选填）", "姓名及电话", "Name", "first_name")
        ),
        *((h, "name") for h in ("What is your name?", "What's your company's name?", "Q12_name")),
        *(
            (h, "phone")
            for h in ("您的手机号码", "联系方式【必填】", "请填写您的联系电话", "phone_number", "Mobile phone", "Tel.")
        ),
        *(
            (h, "e-mail")
            for h in ("为了寄送报告，请留下您的邮箱", "电子邮箱*", "RecipientEmail", "Please leave your e-mail:")
        ),
        *((h, "identity number") for h in ("身份证号", "护照号码", "ID card number", "Passport no.")),
        *((h, "network address") for h in ("IP", "IPAddress", "IP地址")),
        *((h, "place") for h in ("详细地址", "经度", "LocationLatitude", "Home address", "邮政编码")),
        *(
            (h, "identifier")
            for h in ("微信号", "QQ", "微信/QQ", "WeChat ID", "统一社会信用代码", "user_id", "ResponseId")
        ),
        *((h, "free text") for h in ("备注", "Comments", "Any other comments?")),
    ],
)
def test_a_heading_that_asks_for_personal_data_and_nothing_else(heading, kind):
    cells = pd.Series(["", "secret", None])
    assert kind_of(heading, "", cells) == kind
    assert kind_of("Q7", heading, cells) == kind


@pytest.mark.parametrize(
    "heading",
    [
        *("Brand name awareness", "How easily do you phone your suppliers?", "Our product name is known", "brand name"),
        *(
            "您对该品牌名称的熟悉程度",
            "手机品牌",
            "手机部数",
            "使用微信的频率",
            "贵企业所在地区",
            "客户能方便地打电话联系我们",
            "location",
        ),
        *("tax rate", "st1", "age", "Q1", "我们向客户提供的地址信息准确"),
    ],
)
def test_a_heading_that_only_speaks_of_such_a_thing(heading):
    assert kind_of(heading, heading, pd.Series(["often", "seldom", "often"])) is None


def test_a_heading_over_mere_codes_asks_how_often_or_whether():
    assert kind_of("微信", "QQ", pd.Series(["5", 4, 3.0, "1", None])) is None
    assert kind_of("微信", "", pd.Series(["wx_a", "5"])) == "identifier"


VALUES = {
    "phone": [
        *("13812345678", "138 1234 5678", "138-1234-5678", "13800 138 000", "+86 13812345678", "8613812345678"),
        *("13812345678.0", "010-12345678", "(0571)8765432", "01012345678", "400-123-4567", "+44 20 7946 0958"),
        *("(555) 123-4567", "电话：13812345678（张）", "１３８１２３４５６７８"),
    ],
    "e-mail": ["someone@example.org", "邮箱 a.b+c@mail.example.com"],
    "identity number": [IDENTITY, IDENTITY.lower(), f"身份证{IDENTITY}", "110105491231002"],
    "network address": ["10.20.30.40", "1.2.3.4(上海-上海)", "2001:db8::1", "fe80::1ff:fe23:4567:890a"],
    "place": ["31.2304, 121.4737", "-33.868 151.209"],
    "identifier": [CREDIT, "https://example.org/me", "www.example.org"],
}
HARMLESS = [
    *(
        "13812",
        "12000",
        "3.14",
        "2024/12/4 15:13:47",
        "15:13:47",
        "2024-12-04",
        "1.2.3",
        "10,000",
        "400",
        "1-9人",
        "@",
        "N/A",
    ),
    *(
        "110105194912310021",
        "91350100M000100Y44",
        "110105491331002",
        "300.400.500.600",
        "very satisfied",
        "综合电商平台",
    ),
]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in VALUES.items() for value in values])
def test_a_personal_value_is_known_and_hidden(kind, value):
    assert kind_of_cells(pd.Series([value])) == kind
    assert kind_of("something", "", pd.Series([value, value])) == kind
    assert masked(value) == "(hidden)"


@pytest.mark.parametrize("value", HARMLESS)
def test_a_harmless_value_makes_nothing_personal(value):
    assert kind_of_cells(pd.Series([value])) is None


def test_numbers_of_a_spreadsheet_are_looked_at_too():
    assert kind_of_cells(pd.Series([13812345678, 13912345678])) == "phone"
    assert kind_of_cells(pd.Series([13812345678.0, None])) == "phone"
    assert kind_of_cells(pd.Series([1.5, 2.25, 3.0])) is None


def test_check_characters():
    assert is_identity_number(IDENTITY) and not is_identity_number("110105194912310021")
    assert not is_identity_number("11010519491331002X")  # no thirteenth month
    assert is_credit_code(CREDIT) and not is_credit_code("91350100M000100Y44")


def test_more_than_half_of_the_filled_cells_decide():
    phone = "13812345678"
    assert kind_of_cells(pd.Series([phone, phone, "none", "", None])) == "phone"
    assert kind_of_cells(pd.Series([phone, "none", "", None])) is None
    assert kind_of_cells(pd.Series([phone, "a@b.cn", "c@d.cn", "none"])) == "e-mail"
    assert kind_of_cells(pd.Series([], dtype=object)) is None


def test_free_text_is_long_and_different():
    said = ["我们希望政府多出台一些支持政策", "平台的抽成太高了，利润越来越薄", "没有足够的懂数据的人才可以招到", "无"]
    assert kind_of("Q9", "", pd.Series(said)) == "free text"
    assert kind_of("Q9", "", pd.Series(said[:1] * 20)) is None
    english = ["We lack people who know data.", "The platforms take too much of it", "Everything is fine, thank you"]
    assert kind_of("Q9", "", pd.Series(english)) == "free text"
    options = ["Marketplaces of any kind", "Short video platforms", "Our own web site and shop"]
    ticked = [f"{a}┋{b}" for a in options for b in options if a != b]
    assert kind_of("Q9", "", pd.Series(ticked)) is None
    assert kind_of("Q9", "", pd.Series(["2024-12-04 15:13:47.123456789", "2024-12-05 16:13:47.123456789"] * 3)) is None


def test_what_a_message_shows():
    assert masked("Agree") == "Agree"
    assert masked(" two  lines\nof text") == "two lines of text"
    assert masked("abcdefghijklmnopqrstuvwxyz") == "abcdefghijklmnopqrst…"
    assert masked(3.5) == "3.5"
    assert masked("12345678") == masked("123 45 67") == "(hidden)"  # any long number
    assert masked("I am Zhang, reach me at 138 1234 5678, please") == "(hidden)"


def test_words_for_no_answer_fill_no_cell():
    assert filled(pd.Series(["(跳过)", "（空）", "-3", -2.0, "N/A", "张三"], dtype=object)) == 1


@pytest.mark.parametrize("text", ["王小明", "李雷", "欧阳先生", "张 老师".replace(" ", "")])
def test_what_may_be_a_name(text):
    assert looks_like_a_name(text)
    assert not looks_like_a_name("民营") and not looks_like_a_name("王小明的店铺")


@pytest.mark.parametrize("kind", [object, "str", "category"])
def test_filled_cells(kind):
    assert filled(pd.Series(["a", "", " ", None, "a"], dtype=kind)) == 2
