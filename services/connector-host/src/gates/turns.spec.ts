import { Turns } from './turns.js';

const drained = (turns: Turns<string>) => Array.from({ length: turns.size }, () => turns.shift());

it('lets lines take turns, however long one of them is', () => {
  const turns = new Turns<string>();
  for (let i = 0; i < 4; i++) turns.push('noisy', 1, `n${i}`);
  for (let i = 0; i < 2; i++) turns.push('quiet', 1, `q${i}`);
  expect(drained(turns)).toEqual(['n0', 'q0', 'n1', 'q1', 'n2', 'n3']);
});

it('lets more of a weightier line go in one round', () => {
  const turns = new Turns<string>();
  for (let i = 0; i < 5; i++) turns.push('heavy', 3, `h${i}`);
  for (let i = 0; i < 3; i++) turns.push('light', 1, `l${i}`);
  expect(drained(turns)).toEqual(['h0', 'h1', 'h2', 'l0', 'h3', 'h4', 'l1', 'l2']);
});

it('keeps a line that comes late waiting no longer than one round of the others', () => {
  const turns = new Turns<string>();
  for (let i = 0; i < 10_000; i++) turns.push(`noisy-${i % 3}`, 2, 'noisy');
  for (let i = 0; i < 100; i++) turns.shift();
  turns.push('quiet', 1, 'quiet');
  const before = drained(turns).indexOf('quiet');
  expect(before).toBeLessThanOrEqual(3 * 2);
});

it('takes out what is asked for, and counts the rest', () => {
  const turns = new Turns<string>();
  turns.push('a', 1, 'one');
  turns.push('b', 1, 'two');
  turns.push('a', 1, 'three');
  expect(turns.remove((item) => item === 'one' || item === 'two')).toEqual(['one', 'two']);
  expect({ size: turns.size, rest: drained(turns) }).toEqual({ size: 1, rest: ['three'] });
  expect(turns.shift()).toBeUndefined();
});
