"""Makes this folder's fonts and src/metrics.rs from the variable Inter of @fontsource-variable/inter.

Run from this folder with fonttools and brotli (PyPI): python make.py
Latin and Latin Extended-A at weights 400 and 600, tabular digits as the only digits, no layout features
(a text is then exactly as wide as the sum of its letters), and the triangles that Inter's Latin files lack.
"""
from fontTools.merge import Merger
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

SOURCE = "../../../node_modules/@fontsource-variable/inter/files/inter-%s-wght-normal.woff2"
KEPT = {"latin": range(0x20, 0x10000), "latin-ext": [*range(0x100, 0x180), 0x20BF, 0x20B9, 0x20BA, 0x20A9, 0x20AB]}


def static(part, weight):
    font = instantiateVariableFont(TTFont(SOURCE % part), {"wght": weight, "opsz": 14} if "opsz" in axes(part) else {"wght": weight})
    options = Options(layout_features=[], glyph_names=True, notdef_outline=True, hinting=False, name_IDs=[0, 1, 2, 13, 14])
    cmap = font.getBestCmap()
    names = font.getGlyphOrder()
    tabular = {code: name + ".tf" for code, name in cmap.items() if chr(code) in "0123456789" and name + ".tf" in names}
    for table in font["cmap"].tables:
        for code, name in tabular.items():
            if code in table.cmap:
                table.cmap[code] = name
    for tag in ("GSUB", "GPOS", "GDEF", "STAT"):
        if tag in font:
            del font[tag]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for code in KEPT[part] if code in cmap])
    subsetter.subset(font)
    font.flavor = None
    path = f"/tmp/inter-{part}-{weight}.ttf"
    font.save(path)
    return path


def axes(part):
    return {axis.axisTag for axis in TTFont(SOURCE % part)["fvar"].axes}


def with_triangles(font):
    width, base, top = 1800, 0, 1456
    for code, name, points in (
        (0x25B2, "uni25B2", [(150, base), (900, top), (1650, base)]),
        (0x25BC, "uni25BC", [(150, top), (1650, top), (900, base)]),
    ):
        pen = TTGlyphPen(None)
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
        font.setGlyphOrder([*font.getGlyphOrder(), name]) if name not in font.getGlyphOrder() else None
        font["glyf"].glyphs[name] = pen.glyph()
        font["glyf"].glyphOrder = font.getGlyphOrder()
        font["hmtx"].metrics[name] = (width, 150)
        for table in font["cmap"].tables:
            table.cmap[code] = name
    font["maxp"].numGlyphs = len(font.getGlyphOrder())


def made(weight, file):
    font = Merger().merge([static("latin", weight), static("latin-ext", weight)])
    with_triangles(font)
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = "Inter"
    # Font databases leave out a font without a PostScript name.
    font["name"].setName("Inter-Regular" if weight == 400 else "Inter-SemiBold", 6, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font.save(file)
    font = TTFont(file)
    scale = 1000 / font["head"].unitsPerEm
    advances = font["hmtx"].metrics
    return {code: round(advances[name][0] * scale) for code, name in font.getBestCmap().items()}


regular, bold = made(400, "inter-regular.ttf"), made(600, "inter-semibold.ttf")
codes = sorted(regular)
runs = []
for code in codes:
    if runs and runs[-1][-1] == code - 1:
        runs[-1].append(code)
    else:
        runs.append([code])
with open("../src/metrics.rs", "w") as out:
    out.write("//! The widths of Inter's letters, in thousandths of the font's size, from the fonts in `fonts/`.\n")
    out.write("//! Written by `fonts/make.py`.\n\n")
    out.write("/// Runs of neighbouring characters: the first, and the widths in regular and in semibold.\n")
    out.write("type Run = (char, &'static [(u16, u16)]);\n\n")
    out.write("/// The width of a character that the fonts lack. ECharts also measures a line's height by such a one.\n")
    out.write("pub(crate) const UNKNOWN: u16 = 1_000;\n\n")
    out.write("/// The width of a character.\npub(crate) fn advance(letter: char, is_bold: bool) -> u16 {\n")
    out.write("    let code = u32::from(letter);\n")
    out.write("    let after = RUNS.partition_point(|(first, _)| *first <= letter);\n")
    out.write("    let widths = after\n        .checked_sub(1)\n        .and_then(|index| RUNS.get(index))\n")
    out.write("        .and_then(|(first, widths)| {\n            let offset = usize::try_from(code - u32::from(*first)).ok()?;\n            widths.get(offset)\n        });\n")
    out.write("    widths.map_or(UNKNOWN, |(regular, bold)| if is_bold { *bold } else { *regular })\n}\n\n")
    out.write("#[rustfmt::skip]\nconst RUNS: &[Run] = &[\n")
    for run in runs:
        out.write(f"    ('\\u{{{run[0]:x}}}', &[\n")
        for start in range(0, len(run), 9):
            row = ", ".join(f"({regular[code]}, {bold[code]})" for code in run[start : start + 9])
            out.write(f"        {row},\n")
        out.write("    ]),\n")
    out.write("];\n")
