import { parseInput, startCommand } from './start';

describe('starting a run', () => {
  it('shows the command that does the same, safe for a shell', () => {
    expect(startCommand('a/b', {})).toBe('npx tutti run a/b');
    expect(startCommand('a/b', { text: "it's" })).toBe(`npx tutti run a/b --input '{"text":"it'\\''s"}'`);
  });
  it('takes JSON, and says what is wrong with other text', () => {
    expect(parseInput(' ')).toEqual({ value: {}, fault: null });
    expect(parseInput('{"a":1}')).toEqual({ value: { a: 1 }, fault: null });
    expect(parseInput('{a')).toMatchObject({
      value: undefined,
      fault: expect.stringContaining('This is not JSON'),
    });
  });
});
