import { nameOf, nameParts, signed, unsigned } from './index.js';

const MARK = '0123456789abcdef0123456789abcdef';

it.each([
  ['Ann Ode', 'Ann', 'Ode'],
  ['Ann B. Ode', 'Ann B.', 'Ode'],
  ['  Ann  ', '', 'Ann'],
])('the name %j has the parts %j and %j', (name, first, last) => {
  expect(nameParts(name)).toEqual({ first, last });
  expect(nameOf({ first, last })).toBe(name.trim());
});

it('a contact without a name is called by the next best', () => {
  expect(nameOf({ first: '', last: null }, null, '', 'ann@example.com')).toBe('ann@example.com');
  expect(nameOf({})).toBe('?');
  expect(nameOf({ first: 'x'.repeat(600) })).toHaveLength(500);
});

it.each([
  { text: 'Hello', source: null, mark: MARK },
  { text: 'Hello\n\nSource: of joy', source: 'http://hub/runs/1', mark: MARK },
  { text: '', source: null, mark: MARK },
  { text: 'Written by a person', source: null, mark: null },
])('what is below a text is found again: $text', (told) => expect(unsigned(signed(told))).toEqual(told));

it('white space that a system adds below does not hide the mark', () =>
  expect(unsigned(`${signed({ text: 'x', source: 'y', mark: MARK })}\n `)).toEqual({
    text: 'x',
    source: 'y',
    mark: MARK,
  }));
