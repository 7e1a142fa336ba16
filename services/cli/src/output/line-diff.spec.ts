import { diffLines, diffText } from './line-diff.js';

describe('the difference of two texts', () => {
  it('is empty for the same lines, whatever their ends', () => {
    expect(diffText('a\nb\n', 'a\r\nb')).toBe('');
  });

  it('shows three lines around each change', () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    const after = before.with(2, 'changed').toSpliced(15, 1);
    expect(diffText(before.join('\n'), after.join('\n')).split('\n')).toEqual([
      ' line 0',
      ' line 1',
      '-line 2',
      '+changed',
      ' line 3',
      ' line 4',
      ' line 5',
      '@@',
      ' line 12',
      ' line 13',
      ' line 14',
      '-line 15',
      ' line 16',
      ' line 17',
      ' line 18',
      '',
    ]);
  });

  it('gives both texts back', () => {
    const lines = diffLines(['a', 'b', 'c', 'a', 'b', 'b', 'a'], ['c', 'b', 'a', 'b', 'a', 'c']);
    const of = (kind: string) => lines.filter((line) => line.kind !== kind).map(({ text }) => text);
    expect(of('added')).toEqual(['a', 'b', 'c', 'a', 'b', 'b', 'a']);
    expect(of('removed')).toEqual(['c', 'b', 'a', 'b', 'a', 'c']);
    expect(lines.filter(({ kind }) => kind === 'same')).toHaveLength(4);
  });

  it('gives texts that are too large to compare whole', () => {
    const [before, after] = ['x', 'y'].map((c) => Array.from({ length: 3_000 }, (_, i) => `${c}${i}`));
    expect(diffLines(before as string[], after as string[])).toHaveLength(6_000);
  });
});
