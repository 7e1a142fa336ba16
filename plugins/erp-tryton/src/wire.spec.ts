import { plainDecimal, quantity, recordId, WireDate, WireTimestamp } from './wire.js';

it.each([
  ['12.50', '12.50'],
  ['-3', '-3'],
  ['1E+2', '100'],
  ['1.5e3', '1500'],
  ['0E-8', '0.00000000'],
  ['1.25E-3', '0.00125'],
  ['12.5E-1', '1.25'],
  ['-2.5E+1', '-25'],
])('writes %s without an exponent', (text, plain) => expect(plainDecimal(text)).toBe(plain));

it('refuses what is no number', () => expect(() => plainDecimal('NaN')).toThrow('no number'));

it('reads dates and times of change', () => {
  expect(WireDate.parse({ __class__: 'date', year: 2026, month: 3, day: 9 })).toBe('2026-03-09');
  expect(WireTimestamp.parse('1795376052.1234').version).toBe(1_795_376_052_123_400);
  expect(WireTimestamp.parse('1795376052').version).toBe(1_795_376_052_000_000);
});

it('refuses a quantity with more digits than Tryton keeps', () => {
  expect(quantity('10.25')).toBe(10.25);
  expect(() => quantity('1234567890.12345678')).toThrow('more digits');
});

it.each([
  ['5', 5],
  ['0', null],
  ['x', null],
  ['1;drop', null],
])('takes %s as the id %s', (id, number) => expect(recordId(id)).toBe(number));
