import { setPath } from './set-path.js';

describe('setPath', () => {
  it.each<[unknown, string, string, unknown]>([
    [{ a: 'x' }, 'a', '007', { a: '007' }],
    [{ a: 1 }, 'a', '007', { a: '007' }],
    [{ a: 1 }, 'a', '7', { a: 7 }],
    [{ a: null }, 'a', 'text', { a: 'text' }],
    [{}, 'a.b', 'true', { a: { b: true } }],
    [{ l: [{ n: 1 }] }, 'l.0.n', '2', { l: [{ n: 2 }] }],
    [{ l: [1] }, '/l/1', '2', { l: [1, 2] }],
    [{ 'a/b': { 'c~d': 1 } }, '/a~1b/c~0d', '3', { 'a/b': { 'c~d': 3 } }],
  ])('in %j at %s to %s', (data, path, text, wanted) => {
    const before = JSON.stringify(data);
    expect(setPath(data, path, text)).toEqual(wanted);
    expect(JSON.stringify(data)).toBe(before);
  });

  it.each(['', 'l.5', 'l.x', 't.a', '__proto__.x', 'a..b'])('refuses %j', (path) => {
    expect(() => setPath({ l: [1], t: 'text' }, path, '1')).toThrow(/--set/);
  });
});
