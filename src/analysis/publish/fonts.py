"""A Chinese font that every PDF viewer draws: Noto Sans SC as TrueType outlines, cut down to the characters needed.

Type 42 embedding takes TrueType outlines only. The font comes as CFF (`pylopdf_fonts_zh_cn`, SIL Open Font Licence),
which some viewers would draw blank, so its curves are turned into quadratic ones.
"""

import hashlib
from pathlib import Path

from analysis.study import Study

GREEK_AND_SIGNS = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρστυφχψω²³¹°±×÷−–—…‘’“”•·√∞≈≠≤≥→←↔↑↓%‰●○■□▲△◆◇"
FAMILY = "Noto Sans SC TrueType"
_PRECISION = 1.0  # largest error of an outline, in thousandths of the type size


def base_characters() -> set[str]:
    """Latin, Greek, mathematical signs and the 6,763 Chinese characters of GB 2312 with its punctuation."""
    latin = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x180))}
    rows = range(0xA1, 0xF8)
    chinese = bytes(byte for row in rows for cell in range(0xA1, 0xFF) for byte in (row, cell))
    return latin | set(GREEK_AND_SIGNS) | set(chinese.decode("gb2312", errors="ignore"))


def further_characters(study: Study) -> str:
    """The characters of a study's words that the base set lacks."""
    return "".join(sorted({c for c in study.model_dump_json() if c.isprintable()} - base_characters()))


def file_name(further: str) -> str:
    """A name for the font with these further characters; studies that need none share one."""
    suffix = f"-{hashlib.sha256(further.encode()).hexdigest()[:8]}" if further else ""
    return f"NotoSansSC{suffix}.ttf"


def convert(path: str | Path, further: str = "") -> None:
    """Write the font with the base set and ``further`` characters; the same bytes each time."""
    import pylopdf_fonts_zh_cn
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(pylopdf_fonts_zh_cn.sans_path(), recalcTimestamp=False)
    options = Options(layout_features=[], drop_tables=["BASE", "VORG", "DSIG", "GDEF", "GPOS", "GSUB"], hinting=False)
    options.name_IDs = ["*"]
    _rename(font)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(c) for c in base_characters() | set(further)])
    subsetter.subset(font)
    _to_true_type(font)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    font.save(path)


def _rename(font) -> None:
    """A family name of its own, so that no font installed on the machine is taken for this one."""
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = FAMILY
        elif record.nameID == 6:
            record.string = FAMILY.replace(" ", "")


def _to_true_type(font) -> None:
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    order, outlines = font.getGlyphOrder(), font.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        outlines[name].draw(Cu2QuPen(pen, _PRECISION, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, glyphs
    del font["CFF "]
    font["glyf"].compile(font)
    for name in order:
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyphs[name], "xMin", 0))
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    fields = "maxZones maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements"
    for field in (*fields.split(), "maxSizeOfInstructions", "maxPoints", "maxContours", "maxCompositePoints"):
        setattr(maxp, field, 0)
    maxp.maxCompositeContours = maxp.maxComponentElements = maxp.maxComponentDepth = 0
    maxp.maxZones = 1
    font["post"].formatType, font["post"].extraNames, font["post"].mapping = 2.0, [], {}
    font["post"].glyphOrder = order
    font["head"].glyphDataFormat = 0
    font.sfntVersion = "\x00\x01\x00\x00"
