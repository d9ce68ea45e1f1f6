"""What is personal in a raw file: columns that tell who answered, and values that no message may show."""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator

import pandas as pd

from analysis.survey.wording import says_nothing, without_any_number

SHOWN = 20  # characters of a harmless cell that a message shows
LOOKED_AT = 2000  # different cells of a column that are looked at, spread evenly over it
HIDDEN = "(hidden)"


def kind_of(heading: str, wording: str, cells: pd.Series) -> str | None:
    """The kind of personal data that a column holds, or None.

    One of: name, phone, e-mail, identity number, network address, place, identifier, free text. Judged first by a
    heading or wording that asks for such a thing and for nothing else ("您的手机号码", "Company name"), unless the
    cells are mere codes; then by the cells: more than half of the filled ones hold such values, or are long texts
    that differ.
    """
    different = _different(cells)
    coded = not different.empty and all(re.fullmatch(r"-?\d{1,2}(\.0)?", text) for text in different.index)
    asked = None if coded else _kind_asked(heading) or _kind_asked(wording)
    return asked or kind_of_cells(cells) or ("free text" if _free_text(different) else None)


def kind_of_cells(cells: pd.Series) -> str | None:
    """The kind of personal value that more than half of the filled cells hold (the most frequent kind), or None."""
    different = _different(cells)
    kinds = pd.Series([next(_kinds(text), "") for text in different.index], index=different.index, dtype=object)
    held = different[kinds != ""]
    if held.sum() * 2 <= different.sum():
        return None
    return held.groupby(kinds[held.index]).sum().idxmax()


def masked(value: object) -> str:
    """A cell as a message may show it: its first 20 characters, or "(hidden)" where it looks personal.

    Hidden are phone and identity numbers, e-mails, addresses of networks and places, any number of 7 digits or more.
    """
    text = " ".join(unicodedata.normalize("NFKC", str(value)).split())
    if re.search(r"\d(?:[-\s.]?\d){6,}", text) or personal(text):
        return HIDDEN
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def personal(text: str) -> bool:
    """Whether a text holds a phone or identity number, an e-mail, a network or web address, or coordinates."""
    return next(_kinds(unicodedata.normalize("NFKC", text)), None) is not None


def shown(heading: str) -> str:
    """A heading as messages name it: a file without headings has a respondent in their place."""
    return HIDDEN if personal(heading) else heading


def filled(cells: pd.Series) -> int:
    """How many cells hold an answer, and not what programs and platforms write for none."""
    codes, values = pd.factorize(cells)
    held = pd.Series([not says_nothing(v) for v in values], dtype=bool)
    return int(held.take(codes[codes >= 0]).sum())


# Common Chinese surnames, in both scripts
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂蘇盧蔣賈葉閻鍾譚鄒陸顧龍萬錢湯賀賴龔"
)
_NAME = re.compile(rf"[{_SURNAMES}][㐀-鿿]{{1,3}}(?:先生|女士|小姐|老师|经理)?|[㐀-鿿]{{1,3}}(?:先生|女士|小姐)")
_PERSON = re.compile(
    r"谁|哪位|同事|老师|经理|客服|顾问|员工姓|导购|店员|人员|访员|调查员|督导|负责人|联系人|介绍人|推荐人|上司|领导|"
    r"\b(?:who|whom|whose|colleague|interviewer|surveyor|enumerator|staff|employee|manager|supervisor|boss|teacher|"
    r"advisor|adviser|consultant|salesperson|assistant|contact|referrer)\b",
    re.I,
)


def looks_like_a_name(text: str) -> bool:
    """Whether a text may be somebody's name: two to four characters that begin with a common surname, or a title.

    So do some other words, such as 江苏: ask it of the values of a column, or where to hide too much does no harm.
    """
    return bool(_NAME.fullmatch(unicodedata.normalize("NFKC", text).strip()))


def asks_for_a_person(heading: str) -> bool:
    """Whether a heading or wording speaks of a person, so that words in its column may be names."""
    return bool(_PERSON.search(heading))


# By heading

_ASKS_ZH = (
    r"(?:请|您|你|贵|的|留下|输入|填写|提供|注明|告知|写下|填|企业|公司|单位|机构|店铺|网店|联系人?|受访者|被访者|填表人|填写人|"
    r"负责人|法人|个人|本人|真实|常用|现|所在|详细|具体|工作|家庭|通讯|通信|办公)"
)
_WORDS_ZH = {
    "name": r"姓名|名字|名称|全称|简称|称呼|昵称|联系人",
    "phone": r"(?:移动|固定)?电话|手机|座机|固话|传真|联系方式",
    "e-mail": r"(?:电子)?邮箱|电子邮件|(?:电子)?邮件地址",
    "identity number": r"身份证|身份证件|证件|护照|驾驶证|社保|社会保障|银行卡|银行账",
    "network address": r"ip|ip属地",
    "place": r"地址|住址|门牌|地理位置|定位|经度|纬度|经纬度|邮编|邮政编码",
    "identifier": (
        r"微信|qq|微博|支付宝|openid|学号|工号|(?:统一)?社会信用代码|信用代码|组织机构代码|营业执照|税号|纳税人识别号|"
        r"用户id|编号|序号|网址|网站|链接"
    ),
    "free text": r"(?:其他|其它)?(?:备注|留言|意见|建议)",
}
_ASKS_EN = (
    r"(?:(?:what is|what|please|kindly|enter|give|leave|provide|type|state|write|us|your|the|my|respondent|"
    r"participant|contact|person|full|first|last|middle|family|given|legal|recipient|user|customer|work|home|"
    r"office|private|business|company|firm|organi[sz]ation|enterprise|employer|cell|mobile|postal|mailing|street|"
    r"location)(?: s)? )"
)
_WORDS_EN = {
    "name": r"name|surname|nickname|firstname|lastname|fullname|username",
    "phone": r"(?:tele|cell|mobile)?phone|tel|mobile|whatsapp|contact (?:details|information)",
    "e-mail": r"e ?mail",
    "identity number": r"id card|identity card|national id|passport|ssn|social security|bank account|bank card",
    "network address": r"ip",
    "place": r"address|latitude|longitude|gps|geolocation|(?:gps )?coordinates|zip|zip code|post ?code",
    "identifier": (
        r"id|uuid|we ?chat|weixin|qq|open ?id|user ?id|website|url|homepage|"
        r"(?:respondent|response|participant|worker|prolific|student|employee) ?p?id"
    ),
    "free text": r"(?:(?:any )?(?:other|further|additional) )?(?:comments?|remarks?|suggestions?)",
}
_TAIL_ZH = r"(?:号码?|地址|账号|信息|是什么|是多少|是|为)*"
_TAIL_EN = r"(?: (?:numbers?|no|id|address|account|here|\d))*"
_AND = {"zh": r"(?:和|或者?|及|与|以及|/|、)", "en": r" (?:and|or) "}


def _any(words: dict[str, str], asks: str, tail: str, join: str) -> dict[str, re.Pattern]:
    """For each kind, the headings that ask for it alone, or for it first and for other personal data after it."""
    every = "|".join(words.values())
    return {
        kind: re.compile(rf"{asks}*(?:{word}){tail}(?:{join}{asks}*(?:{every}){tail})*") for kind, word in words.items()
    }


_HEADINGS = (
    _any(_WORDS_ZH, _ASKS_ZH, _TAIL_ZH, _AND["zh"]),
    _any(_WORDS_EN, _ASKS_EN, _TAIL_EN, _AND["en"]),
)


def _kind_asked(heading: str) -> str | None:
    """What a heading as a whole, or its last clause, asks for."""
    text = unicodedata.normalize("NFKC", heading or "")
    text = re.sub(r"\([^)]*\)|\[[^]]*\]|【[^】]*】|<[^>]*>", " ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=IP)(?=[A-Z])", " ", text)
    text = re.sub(r"^\s*([qQ]?\d{1,3})_", r"\1. ", text)
    text = without_any_number(text).strip(" \t\n*:?。.!_-")
    for part in (text, re.split(r"[,，。;；:!?\n]", text)[-1]):
        part = part.casefold()
        words = " ".join(re.findall(r"[a-z]+|\d+", part))
        for kind in _WORDS_ZH:
            chinese, english = (of[kind] for of in _HEADINGS)
            if chinese.fullmatch(part.replace(" ", "")) or (part.isascii() and english.fullmatch(words)):
                return kind
    return None


# By content

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_URL = re.compile(r"(?:https?://|www\.)\S+\.\S+", re.IGNORECASE)
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(?:[1-9]\d{16}[\dXx]|[1-9]\d{14})(?![0-9A-Za-z])", re.ASCII)
_CREDIT = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NP-RT-UW-Y]{2}\d{6}[0-9A-HJ-NP-RT-UW-Y]{10}(?![0-9A-Za-z])", re.ASCII)
_PLACE = re.compile(r"(?<![\d.])(-?\d{1,3}\.\d{3,})\s*[,;/\s]\s*(-?\d{1,3}\.\d{3,})(?![\d.])", re.ASCII)
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)", re.ASCII)
_IPV6 = re.compile(r"(?<![0-9A-Za-z:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:])", re.ASCII)
_PHONE = re.compile(
    r"(?<![0-9A-Za-z.])(?:"
    r"(?:(?:\+|00)?86[-\s]?)?1[3-9](?:\d{9}|\d[-\s]\d{4}[-\s]\d{4}|\d{2}[-\s]\d{3}[-\s]\d{4}|\d{3}(?:[-\s]\d{3}){2})"
    r"|\(?0\d{2,3}\)?[-\s]?\d{7,8}(?:[-\s]\d{1,6})?"  # Chinese lines
    r"|400[-\s]?\d{3}[-\s]?\d{4}|400[-\s]?\d{4}[-\s]?\d{3}"
    r"|\+\d{1,3}[-\s.]?(?:\(?\d{1,4}\)?[-\s.]?){2,5}\d{2,4}"  # with a country's code
    r"|\(?\d{3}\)?[-.\s]\d{3}[-.\s]\d{4}"  # North America
    r")(?:\.0)?(?![0-9A-Za-z]|\.\d)",
    re.ASCII,
)


def _kinds(text: str) -> Iterator[str]:
    """The kinds of personal values that stand anywhere in a text (NFKC), the surest first."""
    if _EMAIL.search(text):
        yield "e-mail"
    if _URL.search(text):
        yield "identifier"
    if any(is_identity_number(found) for found in _IDENTITY.findall(text)):
        yield "identity number"
    if any(is_credit_code(found) for found in _CREDIT.findall(text.upper())):
        yield "identifier"
    if any(abs(float(a)) <= 180 and abs(float(b)) <= 180 for a, b in _PLACE.findall(text)):
        yield "place"
    if any(_is_address(found) for found in (*_IPV4.findall(text), *_IPV6.findall(text))):
        yield "network address"
    if _PHONE.search(text):
        yield "phone"


def is_identity_number(text: str) -> bool:
    """A Chinese identity number: 18 characters with the check character of GB 11643-1999, or 15 digits as before it."""
    born = text[6:14] if len(text) == 18 else f"19{text[6:12]}"
    if pd.isna(pd.to_datetime(born, format="%Y%m%d", errors="coerce")) or not "11" <= text[:2] <= "91":
        return False
    if len(text) == 15:
        return True
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(text, weights, strict=False))
    return "10X98765432"[total % 11] == text[17].upper()


def is_credit_code(text: str) -> bool:
    """A unified social credit code: 18 characters with the check character of GB 32100-2015."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(character) * pow(3, place, 31) for place, character in enumerate(text[:17]))
    return alphabet[-total % 31] == text[17]


def _is_address(text: str) -> bool:
    if text.count(":") == 2 and "::" not in text or len(text) < 6:  # a time of day
        return False
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _different(cells: pd.Series) -> pd.Series:
    """How often each different filled cell comes, by its text (NFKC); of a long column, an even choice of them."""
    codes, values = pd.factorize(cells)
    counts = pd.Series(codes[codes >= 0]).value_counts(sort=False).sort_index()
    counts = counts.iloc[:: max(1, len(counts) // LOOKED_AT)]
    texts = [unicodedata.normalize("NFKC", str(values[place])).strip() for place in counts.index]
    counts.index = pd.Index(texts, dtype=object)
    counts = counts[counts.index != ""]
    return counts.groupby(level=0, sort=False).sum()


def _free_text(different: pd.Series) -> bool:
    """Long texts that differ: a median of 20 Latin or 10 Chinese letters, and most clauses are there once.

    Ticked options joined by separators are few clauses that come again and again.
    """
    total = int(different.sum())
    if total < 3:
        return False
    letters = pd.Series([sum(1 + (ord(c) > 0x2E7F) for c in t if c.isalpha()) for t in different.index])
    if letters.repeat(different.to_numpy()).median() < 20:
        return False
    clauses = pd.Series(different.index, dtype=object).repeat(different.to_numpy()).str.split(r"[┋→,;，；、。|\n]")
    clauses = clauses.explode().str.strip()
    clauses = clauses[clauses != ""]
    return clauses.nunique() * 2 > len(clauses)
