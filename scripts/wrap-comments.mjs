// Breaks comment lines that are too wide, which prettier leaves alone. Part of `npm run format`; arguments:
// files or folders.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const widthMax = 110;

/** Splits words into lines that fit behind the prefix. */
function fill(prefix, text) {
  const lines = [];
  let line = prefix;
  for (const word of text.split(' ')) {
    if (line.length > prefix.length && line.length + word.length + 1 > widthMax) {
      lines.push(line.trimEnd());
      line = prefix;
    }
    line += line.length === prefix.length ? word : ` ${word}`;
  }
  return [...lines, line.trimEnd()];
}

function wrapLine(line, next) {
  if (line.length <= widthMax) return { lines: [line] };
  const single = /^(\s*)\/\*\* (.*) \*\/$/.exec(line);
  if (single) return { lines: [`${single[1]}/**`, ...fill(`${single[1]} * `, single[2]), `${single[1]} */`] };
  const comment = /^(\s*(?:\/\/|\*) )(\S.*)$/.exec(line);
  // A list item or a table would lose its shape.
  if (!comment || /^[-|]/.test(comment[2])) return { lines: [line] };
  const lines = fill(comment[1], comment[2]);
  // The words that no longer fit go in front of the next line of the same paragraph.
  const rest =
    lines.length > 1 && next?.startsWith(comment[1]) && /^[^\s\-|@*/]/.test(next.slice(comment[1].length));
  if (!rest) return { lines };
  return { lines: lines.slice(0, -1), next: `${lines.at(-1)} ${next.slice(comment[1].length)}` };
}

function wrap(text) {
  const lines = text.split('\n');
  const out = [];
  for (let index = 0; index < lines.length; index++) {
    const wrapped = wrapLine(lines[index], lines[index + 1]);
    out.push(...wrapped.lines);
    if (wrapped.next !== undefined) lines[index + 1] = wrapped.next;
  }
  return out.join('\n');
}

const pathspecs =
  process.argv.length > 2
    ? process.argv.slice(2)
    : ['libs', 'services', 'plugins', 'dashboard', 'scripts', 'bench', 'examples', 'deploy'];
const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...pathspecs],
  { encoding: 'utf8' },
);
// Generated files stay as their generator wrote them: a test compares the two.
const sources = (name) => /\.(ts|tsx|mjs)$/.test(name) && !/(^|\/)generated\//.test(name);
for (const file of listed.split('\n').filter(sources)) {
  const before = readFileSync(file, 'utf8');
  const after = wrap(before);
  if (after !== before) writeFileSync(file, after);
}
