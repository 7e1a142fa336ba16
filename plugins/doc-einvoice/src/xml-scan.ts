import { UnreadableDocument } from './unreadable-document.js';

/** EN 16931 documents nest 12 levels at most. */
export const XML_DEPTH_MAX = 40;
/** One invoice line has about 40 elements. */
export const XML_ELEMENTS_MAX = 400_000;

/**
 * Looks at the markup before the parser builds a tree of it: refuses any document type declaration (entity
 * bombs and external entities need one, no invoice format has one), counts depth and elements. One pass
 * without backtracking, so that the cost of hostile text is linear.
 */
export function scanMarkup(text: string): void {
  let depth = 0;
  let elements = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const tag = tagAt(text, at);
    at = tag.end;
    depth += tag.depth;
    if (tag.depth >= 0) elements += 1;
    if (depth > XML_DEPTH_MAX)
      throw new UnreadableDocument(`the XML nests deeper than ${XML_DEPTH_MAX} levels`);
    if (elements > XML_ELEMENTS_MAX)
      throw new UnreadableDocument(`the XML has more than ${XML_ELEMENTS_MAX} elements`);
  }
}

/** Where the markup that starts here ends, and what it does to the depth. */
function tagAt(text: string, at: number): { end: number; depth: -1 | 0 | 1 } {
  if (text.startsWith('<!--', at)) return { end: after(text, '-->', at + 4), depth: 0 };
  if (text.startsWith('<![CDATA[', at)) return { end: after(text, ']]>', at + 9), depth: 0 };
  if (text.startsWith('<?', at)) return { end: after(text, '?>', at + 2), depth: 0 };
  if (text.startsWith('<!', at)) {
    throw new UnreadableDocument(
      'the XML has a document type declaration, which no e-invoice needs; it is refused as unsafe',
    );
  }
  if (text.startsWith('</', at)) return { end: after(text, '>', at + 2), depth: -1 };
  const end = endOfStartTag(text, at + 1);
  return { end, depth: text[end - 2] === '/' ? 0 : 1 };
}

function after(text: string, terminator: string, from: number): number {
  const found = text.indexOf(terminator, from);
  if (found === -1) throw new UnreadableDocument(`the XML is not well-formed: "${terminator}" is missing`);
  return found + terminator.length;
}

/** A `>` inside an attribute's quotes does not end the tag. */
function endOfStartTag(text: string, from: number): number {
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote) quote = character === quote ? '' : quote;
    else if (character === '>') return at + 1;
    else if (character === '"' || character === "'") quote = character;
  }
  throw new UnreadableDocument('the XML is not well-formed: a tag is not closed');
}
