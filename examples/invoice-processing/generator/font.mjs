// Just enough of TrueType to embed a font in a PDF: the widths and metrics that the font dictionary must
// state.
import { readFileSync } from 'node:fs';

/** Characters of WinAnsiEncoding that are not at their Unicode place. */
const PLACES = { '€': 128, '–': 150, '—': 151, '‘': 145, '’': 146, '“': 147, '”': 148, '•': 149 };

/** The code of a character in WinAnsiEncoding. */
export function winAnsi(character) {
  const code = PLACES[character] ?? character.codePointAt(0);
  if (code > 255) throw new Error(`"${character}" is not in WinAnsiEncoding`);
  return code;
}

/** Reads a font file and says how wide a text is. */
export function loadFont(path) {
  const file = readFileSync(path);
  const table = (name) => {
    for (let at = 12; at < 12 + file.readUInt16BE(4) * 16; at += 16) {
      if (file.toString('latin1', at, at + 4) === name) return file.subarray(file.readUInt32BE(at + 8));
    }
    throw new Error(`${path} has no table ${name}`);
  };
  const unitsPerEm = table('head').readUInt16BE(18);
  const scaled = (units) => Math.round((units * 1000) / unitsPerEm);
  const advances = table('hhea').readUInt16BE(34);
  const glyphOf = characterMap(table('cmap'));
  const widthOf = (unicode) =>
    scaled(table('hmtx').readUInt16BE(Math.min(glyphOf(unicode), advances - 1) * 4));
  const unicodeOf = new Map(
    Object.entries(PLACES).map(([character, code]) => [code, character.codePointAt(0)]),
  );
  const head = table('head');
  return {
    file,
    widths: Array.from({ length: 224 }, (_, index) => widthOf(unicodeOf.get(index + 32) ?? index + 32)),
    box: [36, 38, 40, 42].map((at) => scaled(head.readInt16BE(at))),
    ascent: scaled(table('hhea').readInt16BE(4)),
    descent: scaled(table('hhea').readInt16BE(6)),
    measure(text, size) {
      return (
        ([...text].reduce((total, character) => total + this.widths[winAnsi(character) - 32], 0) * size) /
        1000
      );
    },
  };
}

/** Format 4, which every font has. */
function characterMap(cmap) {
  let format4;
  for (let index = 0; index < cmap.readUInt16BE(2); index += 1) {
    const offset = cmap.readUInt32BE(8 + index * 8);
    if (cmap.readUInt16BE(offset) === 4) format4 = cmap.subarray(offset);
  }
  const segments = format4.readUInt16BE(6) / 2;
  return (unicode) => {
    for (let segment = 0; segment < segments; segment += 1) {
      const end = format4.readUInt16BE(14 + segment * 2);
      if (unicode > end) continue;
      const start = format4.readUInt16BE(16 + (segments + segment) * 2);
      if (unicode < start) return 0;
      const delta = format4.readInt16BE(16 + (segments * 2 + segment) * 2);
      const at = 16 + (segments * 3 + segment) * 2;
      const range = format4.readUInt16BE(at);
      if (range === 0) return (unicode + delta) & 0xffff;
      const glyph = format4.readUInt16BE(at + range + (unicode - start) * 2);
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}

/** The font as objects of a PDF; gives the reference for the page's resources. */
export function embedFont(context, font, name) {
  const file = context.register(context.flateStream(font.file, { Length1: font.file.length }));
  const descriptor = context.register(
    context.obj({
      Type: 'FontDescriptor',
      FontName: name,
      Flags: 32,
      FontBBox: font.box,
      ItalicAngle: 0,
      Ascent: font.ascent,
      Descent: font.descent,
      CapHeight: 729,
      StemV: name.endsWith('Bold') ? 140 : 80,
      FontFile2: file,
    }),
  );
  return context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'TrueType',
      BaseFont: name,
      Encoding: 'WinAnsiEncoding',
      FirstChar: 32,
      LastChar: 255,
      Widths: font.widths,
      FontDescriptor: descriptor,
    }),
  );
}
