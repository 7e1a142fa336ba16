import { differenceOf, editableText, reasonText, shortValue } from './letter';

const payload = (text: string, encoding: 'json' | 'text' | 'base64' = 'json', truncated = false) => ({
  text,
  encoding,
  truncated,
  bytes: text.length,
});

describe('a letter', () => {
  it('is edited as indented JSON, and as it is when it is none or only its beginning', () => {
    expect(editableText(payload('{"a":1}'))).toBe('{\n  "a": 1\n}');
    expect(editableText(payload('{"a', 'text'))).toBe('{"a');
    expect(editableText(payload('{"a":1', 'json', true))).toBe('{"a":1');
  });
  it('tells field by field what was changed, where both are JSON', () => {
    expect(differenceOf('{"a":1,"b":[1]}', '{"b":[2],"a":1}')).toEqual([
      { path: '/b/0', before: 1, after: 2 },
    ]);
    expect(differenceOf('{"a":1}', '{ "a": 1 }')).toEqual([]);
    expect(differenceOf('{"a', '{}')).toBeNull();
  });
  it('says what each reason means, also an unknown one', () => {
    expect(reasonText('malformed')).toMatch(/Edit/);
    expect(reasonText('from-the-future')).toMatch(/redrive/);
  });
  it('cuts long values', () => {
    expect(shortValue('x'.repeat(500))).toHaveLength(120);
    expect(shortValue(undefined)).toBe('nothing');
  });
});
