// Marks as SVG, and SVG as the pictures that a scanner or a telephone would make.
import sharp from 'sharp';
import { SHAPES } from './layout.mjs';

const FONTS = { de: 'DejaVu Sans', en: 'DejaVu Sans Condensed', fr: 'DejaVu Serif' };

export function toSvg(marks, { locale = 'de', pixels = 1654 } = {}) {
  const body = marks.map((mark) => drawings[mark.kind](mark, FONTS[locale])).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 595.28 841.89"
  width="${pixels}" height="${Math.round(pixels * 1.41429)}">
<rect width="595.28" height="841.89" fill="#fff"/>\n${body}\n</svg>`;
}

const drawings = {
  text: ({ x, y, content, size, bold, colour, align }, font) =>
    `<text x="${x}" y="${y}" font-family="${font}" font-size="${(size * 0.9).toFixed(2)}"
 font-weight="${bold ? 700 : 400}" fill="${colour}"
 text-anchor="${align === 'right' ? 'end' : 'start'}">${escaped(content)}</text>`,
  line: ({ x0, x1, y, width, colour }) =>
    `<line x1="${x0}" y1="${y}" x2="${x1}" y2="${y}" stroke="${colour}" stroke-width="${width}"/>`,
  box: ({ x, y, width, height, colour }) =>
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour}"/>`,
  mark: ({ shape, x, y, size, colour }) =>
    `<path d="${SHAPES[shape]}" fill="${colour}" transform="translate(${x} ${y}) scale(${size / 100})"/>`,
};

/** A careful scan: level, sharp, the paper a little grey. */
export function cleanScan(svg) {
  return sharp(Buffer.from(svg))
    .flatten({ background: '#fff' })
    .grayscale()
    .linear(0.94, 12)
    .png({ palette: true, colours: 16, compressionLevel: 9 })
    .toBuffer();
}

/** The same page on another scanner on another day: a little darker, half a degree off. */
export function secondScan(svg) {
  return sharp(Buffer.from(svg))
    .flatten({ background: '#fff' })
    .rotate(0.5, { background: '#f4f4f2' })
    .grayscale()
    .linear(0.9, 8)
    .png({ palette: true, colours: 16, compressionLevel: 9 })
    .toBuffer();
}

/** A hurried photograph of a crumpled page: small, blurred, grainy, askew, pale, with a shadow. */
export async function badScan(svg, { seed, width = 860 }) {
  const page = await sharp(Buffer.from(svg))
    .resize({ width })
    .flatten({ background: '#fff' })
    .rotate(-1.8, { background: '#c9c6be' })
    .blur(0.7)
    .linear(0.62, 78)
    .toBuffer({ resolveWithObject: true });
  const { width: wide, height: high } = page.info;
  const shadow = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}">
  <defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="0.5">
<stop offset="0" stop-color="#000" stop-opacity="0.26"/>
<stop offset="0.5" stop-color="#000" stop-opacity="0"/>
<stop offset="1" stop-color="#000" stop-opacity="0.14"/>
</linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/></svg>`);
  const grain = { input: noise(wide * high, seed), raw: { width: wide, height: high, channels: 4 } };
  return sharp(page.data)
    .composite([{ input: shadow }, grain])
    .jpeg({ quality: 42 })
    .toBuffer();
}

/** Grain that is the same at every run (xorshift32). */
function noise(pixels, seed) {
  const buffer = Buffer.alloc(pixels * 4);
  let state = seed;
  for (let at = 0; at < buffer.length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const bright = state & 1 ? 255 : 0;
    buffer[at] = buffer[at + 1] = buffer[at + 2] = bright;
    buffer[at + 3] = (state >>> 8) % 34;
  }
  return buffer;
}

function escaped(content) {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** No invoice at all. */
export const CAT = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="640" height="640">
<rect width="400" height="400" fill="#e8d9c3"/>
<path d="M120 330 C70 300 90 200 130 180 L110 80 L165 130
 C185 122 215 122 235 130 L290 80 L270 180 C310 200 330 300 280 330 Z" fill="#6d5a4b"/>
<ellipse cx="165" cy="190" rx="17" ry="21" fill="#f2d94e"/>
<ellipse cx="235" cy="190" rx="17" ry="21" fill="#f2d94e"/>
<ellipse cx="165" cy="190" rx="5" ry="18" fill="#1d1a17"/>
<ellipse cx="235" cy="190" rx="5" ry="18" fill="#1d1a17"/>
<path d="M190 226 L210 226 L200 238 Z" fill="#d98c8c"/>
<path d="M200 238 C196 256 178 256 172 248 M200 238 C204 256 222 256 228 248" stroke="#2a221d" stroke-width="4" fill="none"/>
<g stroke="#efe6da" stroke-width="2.5">
<path d="M150 232 L70 220 M150 240 L66 246 M150 248 L74 272 M250 232 L330 220 M250 240 L334 246 M250 248 L326 272"/></g>
<path d="M282 320 C350 330 360 250 330 230" stroke="#6d5a4b" stroke-width="22" fill="none" stroke-linecap="round"/></svg>`;
