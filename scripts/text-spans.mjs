// Finds where a source text is inside a string, template or regular expression: a light lexer, enough to tell
// text that a formatter cannot break from code that it can.

const regexBefore = /(?:^|[(,=:[!&|?{};+]|return|=>)\s*$/;

function endOfQuoted(source, start) {
  const quote = source[start];
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === quote || source[at] === '\n') return at + 1;
  }
  return source.length;
}

function endOfRegex(source, start) {
  let inClass = false;
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '[') inClass = true;
    else if (source[at] === ']') inClass = false;
    else if (source[at] === '\n' || (source[at] === '/' && !inClass)) return at + 1;
  }
  return source.length;
}

function endOfTemplate(source, start) {
  for (let at = start; at < source.length; at++) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '`') return { end: at + 1, hole: false };
    else if (source[at] === '$' && source[at + 1] === '{') return { end: at + 2, hole: true };
  }
  return { end: source.length, hole: false };
}

function skipComment(source, at) {
  const close = source[at + 1] === '/' ? '\n' : '*/';
  const end = source.indexOf(close, at + 2);
  return end < 0 ? source.length : end + close.length - (close === '\n' ? 1 : 0);
}

/** The `[start, end)` positions of all text literals, in order. */
export function textSpans(source) {
  const spans = [];
  // Depth of braces at which each open template goes on.
  const templates = [];
  let depth = 0;
  const template = (start) => {
    const { end, hole } = endOfTemplate(source, start);
    spans.push([start, end]);
    if (hole) templates.push(depth++);
    return end;
  };
  for (let at = 0; at < source.length;) {
    const char = source[at];
    if (char === '/' && /[/*]/.test(source[at + 1] ?? '')) at = skipComment(source, at);
    else if (char === '"' || char === "'") spans.push([at, (at = endOfQuoted(source, at))]);
    else if (char === '`') at = template(at + 1);
    else if (char === '/' && regexBefore.test(source.slice(Math.max(0, at - 12), at)))
      spans.push([at, (at = endOfRegex(source, at))]);
    else if (char === '{') {
      depth += 1;
      at += 1;
    } else if (char === '}') {
      depth -= 1;
      at += 1;
      if (templates.at(-1) === depth) {
        templates.pop();
        at = template(at);
      }
    } else at += 1;
  }
  return spans;
}
