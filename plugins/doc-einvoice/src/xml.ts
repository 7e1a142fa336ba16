import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { UnreadableDocument } from './unreadable-document.js';
import { scanMarkup } from './xml-scan.js';

/** The largest XML that is parsed, in bytes: a thousand-line invoice has about 1.5 MiB. */
export const XML_BYTES_MAX = 8 * 1024 * 1024;
/** One element: its text under `#text`, attributes as `@name`, children as arrays by local name. */
export interface XmlElement {
  [name: string]: XmlElement[] | string | undefined;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  // Entities stay unexpanded in the parser; `decodeText` knows the five that XML itself defines.
  processEntities: false,
  alwaysCreateTextNode: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  isArray: (...[, , , isAttribute]) => !isAttribute,
});

/** Parses XML that came from outside: no DTD, no entities, bounded in size, depth and number of elements. */
export function parseXml(bytes: Uint8Array): { root: string; element: XmlElement } {
  if (bytes.length > XML_BYTES_MAX) {
    throw new UnreadableDocument(`the XML has ${bytes.length} bytes; at most ${XML_BYTES_MAX} are read`);
  }
  const text = decodeBytes(bytes);
  scanMarkup(text);
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    throw new UnreadableDocument(`the XML is not well-formed: ${valid.err.msg} (line ${valid.err.line})`);
  }
  return rootOf(parser.parse(text) as XmlElement);
}

function rootOf(document: XmlElement): { root: string; element: XmlElement } {
  for (const [name, value] of Object.entries(document)) {
    if (Array.isArray(value) && value[0]) return { root: name, element: value[0] };
  }
  throw new UnreadableDocument('the XML has no root element');
}

function decodeBytes(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableDocument(`the XML is not valid ${encoding}`);
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  return (
    /^\s*(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*encoding=["']([\w.-]+)["']/.exec(head)?.[1]?.toLowerCase() ??
    'utf-8'
  );
}

/** All elements at a path of local names, `A/B/C`. */
export function findAll(element: XmlElement | undefined, path: string): XmlElement[] {
  let found: XmlElement[] = element ? [element] : [];
  for (const name of path.split('/')) {
    found = found.flatMap((parent) => {
      const children = parent[name];
      return Array.isArray(children) ? children : [];
    });
  }
  return found;
}

/** The first element at a path. */
export function find(element: XmlElement | undefined, path: string): XmlElement | undefined {
  return findAll(element, path)[0];
}

/** An attribute's value. */
export function attribute(element: XmlElement | undefined, name: string): string | null {
  const value = element?.[`@${name}`];
  return typeof value === 'string' ? decodeText(value).trim() : null;
}

/** The text of the first element at one of the paths that has any, white space collapsed. */
export function textAt(element: XmlElement | undefined, ...paths: string[]): string | null {
  for (const path of paths) {
    for (const candidate of findAll(element, path)) {
      const text = ownText(candidate);
      if (text) return text;
    }
  }
  return null;
}

/** The element's own text, null when it is blank. */
export function ownText(element: XmlElement | undefined): string | null {
  const raw = element?.['#text'];
  return (typeof raw === 'string' && decodeText(raw).replace(/\s+/g, ' ').trim()) || null;
}

const PREDEFINED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeText(text: string): string {
  return text.replace(/&(?:#x[0-9a-f]{1,6}|#\d{1,7}|amp|lt|gt|quot|apos);/gi, (reference) => {
    const name = reference.slice(1, -1).toLowerCase();
    if (!name.startsWith('#')) return PREDEFINED[name] ?? reference;
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : reference;
  });
}
