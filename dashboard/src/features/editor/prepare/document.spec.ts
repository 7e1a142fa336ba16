import { readDocument, taskAround } from './document';
import { countFindings } from './count-findings';
import { placeFindings, positionOf } from './findings';
import { nextVersions, withVersion } from './version';

const TEXT = `document:
  dsl: '1.0.3'
  version: '1.2.3' # ours
do:
  - first:
      set: { a: 1 }
  - guarded:
      try:
        - inner/odd: { call: "x" }
      catch:
        do:
          - mend: { set: { b: '\${ .x | nope( }' } }
`;

describe('the document in the editor', () => {
  const document = readDocument(TEXT);
  const offsetOf = (part: string): number => TEXT.indexOf(part);

  it('finds keys and values by pointer', () => {
    const place = document.placeOf('/do/1/guarded/try/0/inner~1odd/call');
    expect(TEXT.slice(place?.key.from, place?.key.to)).toBe('call');
    expect(TEXT.slice(place?.value.from, place?.value.to)).toBe('"x"');
    expect(document.placeOf('/do/7/none')).toBeUndefined();
  });

  it('tells the place of an offset, and the task around it', () => {
    expect(document.pointerAt(offsetOf('a: 1'))).toBe('/do/0/first/set/a');
    expect(taskAround(document.pointerAt(offsetOf('a: 1')))).toBe('/do/0/first');
    expect(taskAround(document.pointerAt(offsetOf('"x"')))).toBe('/do/1/guarded/try/0/inner~1odd');
    expect(taskAround(document.pointerAt(offsetOf('mend')))).toBe('/do/1/guarded/catch/do/0/mend');
    expect(taskAround(document.pointerAt(offsetOf('dsl')))).toBe('');
  });

  it('says where a text is broken and can still find places in it', () => {
    const broken = readDocument(`${TEXT}  - [\n`);
    expect(broken.value).toBeUndefined();
    expect(broken.broken?.line).toBeGreaterThan(11);
    expect(broken.placeOf('/do/0/first')).toBeDefined();
    expect(readDocument('').value).toBeNull();
    expect(readDocument('a: *x').broken).toBeDefined();
  });

  it('marks in an expression the very place where jq gives up', () => {
    const pointer = '/do/1/guarded/catch/do/0/mend/set/b';
    const finding = {
      severity: 'error' as const,
      code: 'expression-syntax',
      message: 'no jq',
      pointer,
      line: 12,
    };
    const [placed] = placeFindings([finding], TEXT, document);
    const from = placed?.range.from ?? 0;
    // jq reads on to the end and misses the closing parenthesis.
    expect(from).toBeGreaterThan(offsetOf('nope('));
    expect(from).toBeLessThanOrEqual(offsetOf("}' } }"));
    expect(positionOf(TEXT, from).line).toBe(12);
  });

  it('marks an unknown variable, a word at a line and column, and a place by its pointer', () => {
    const text = "a: '${ $nowhere.x }'\nb: c\n";
    const placed = placeFindings(
      [
        { severity: 'info', code: 'x', message: 'x', pointer: '/b' },
        { severity: 'warning', code: 'x', message: 'x', line: 2, column: 4 },
        { severity: 'error', code: 'unknown-variable', message: 'The variable $nowhere', pointer: '/a' },
        { severity: 'error', code: 'syntax', message: 'far away', line: 99, column: 99 },
      ],
      text,
      readDocument(text),
    );
    expect(placed.map(({ range }) => text.slice(range.from, range.to))).toEqual(['$nowhere', '', 'c', 'b']);
    expect(placed.map(({ line, column }) => [line, column])).toEqual([
      [1, 8],
      [3, 1],
      [2, 4],
      [2, 1],
    ]);
    expect(countFindings(placed)).toBe('2 errors, 1 warning, 1 note');
    expect(countFindings([])).toBe('No findings');
  });

  it('changes the version and nothing else', () => {
    expect(nextVersions('1.2.3').map(({ version }) => version)).toEqual(['1.2.4', '1.3.0', '2.0.0']);
    expect(nextVersions('latest')).toEqual([]);
    expect(withVersion(TEXT, document, '1.2.4')).toBe(TEXT.replace("'1.2.3'", "'1.2.4'"));
    expect(withVersion('do: []', readDocument('do: []'), '1.0.0')).toBeUndefined();
  });
});
