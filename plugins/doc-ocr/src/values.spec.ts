import fc from 'fast-check';
import { ibanIn, isIban, isVatId, vatIdsIn } from './account-numbers.js';
import { dateOrderOf, datesIn } from './dates.js';
import { amountsIn, decimalSignOf, fromCents, parseNumber, toCents } from './numbers.js';

describe('dates', () => {
  test.each([
    ['15.11.2024', '2024-11-15'],
    ['2024-11-15', '2024-11-15'],
    ['November 15, 2024', '2024-11-15'],
    ['15. November 2024', '2024-11-15'],
    ['15 novembre 2024', '2024-11-15'],
    ['1er mars 2024', '2024-03-01'],
    ['3. März 2024', '2024-03-03'],
    ['15/11/2024', '2024-11-15'],
    ['5.1.24', '2024-01-05'],
    ['Dec 3rd, 2025', '2025-12-03'],
  ])('%s', (text, iso) => {
    expect(datesIn(`am ${text} fällig`, 'day-first').map(({ value }) => value)).toEqual([iso]);
  });

  test.each(['31.02.2024', '00.01.2024', '2024-13-01', '1.234.567', '12.03.2024.5'])(
    '%s is no date',
    (text) => {
      expect(datesIn(text, 'day-first')).toEqual([]);
    },
  );

  test('the order of slashes follows from a date that allows one order only', () => {
    expect(dateOrderOf('Invoice Date 11/03/2017, wire 11/17/2017, 4.55 €')).toBe('month-first');
    expect(dateOrderOf('Date de facture 05/11/2017, 31/10/2017')).toBe('day-first');
    expect(dateOrderOf('Date 05/11/2017, total $ 12.00')).toBe('month-first');
    expect(datesIn('11/03/2017', 'month-first')[0]?.value).toBe('2017-11-03');
  });

  test('every written date is found again', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
        (day) => {
          const iso = day.toISOString().slice(0, 10);
          const [year, month, dayOfMonth] = iso.split('-');
          expect(datesIn(`vom ${dayOfMonth}.${month}.${year} an`, 'day-first')[0]?.value).toBe(iso);
        },
      ),
    );
  });
});

describe('amounts', () => {
  test.each([
    ['1.234,56', '1234.56'],
    ['1,234.56', '1234.56'],
    ["1'234.50", '1234.50'],
    ['1 234,50', '1234.50'],
    ['0,00', '0.00'],
    ['-14,73', '-14.73'],
    ['2.076,76 €', '2076.76'],
    ['1.000.000,00', '1000000.00'],
  ])('%s', (text, value) => {
    expect(amountsIn(`Summe: ${text}`).map((found) => found.value)).toEqual([value]);
  });

  test('rates, dates and codes are no amounts', () => {
    expect(amountsIn('19,00 % vom 05.03.20, Nr. 2018-471331, 4000001123452')).toEqual([]);
  });

  test('numbers follow the decimal sign of the document', () => {
    expect([
      parseNumber('9,9000', ','),
      parseNumber('1.000', ','),
      parseNumber('1,000', '.'),
      parseNumber('4.55', ','),
    ]).toEqual(['9.9000', '1000', '1000', '4.55']);
    expect(parseNumber('Stk', ',')).toBeNull();
    expect(decimalSignOf('1,234.56 and 7.00')).toBe('.');
  });

  test('cents go there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e11, max: 1e11 }), (cents) => {
        expect(toCents(fromCents(cents))).toBe(cents);
      }),
    );
  });
});

describe('account numbers and VAT ids', () => {
  test('an IBAN is found in spaced groups, and letters in a digits-only country are mended', () => {
    expect(ibanIn('IBAN DE02 12O3 0000 0000 2020 5l, BIC BYLADEM1001')?.value).toBe('DE02120300000000202051');
    expect(ibanIn('FR20 1242 1242 1242 1242 1242 124 - BIC : FIDCFR21XXX')?.value).toBe(
      'FR2012421242124212421242124',
    );
    expect(ibanIn('RE-2026 0001 Nummer 12')).toBeNull();
  });

  test('one wrong digit never passes the checksum', () => {
    const iban = 'DE02120300000000202051';
    expect(isIban(iban)).toBe(true);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 21 }), fc.integer({ min: 0, max: 9 }), (at, digit) => {
        fc.pre(iban[at] !== String(digit));
        expect(isIban(iban.slice(0, at) + digit + iban.slice(at + 1))).toBe(false);
      }),
    );
  });

  test('VAT ids are known by the form of their country', () => {
    expect(vatIdsIn('USt-IdNr. DE 811 569 874 Amtsgericht').map(({ value }) => value)).toEqual([
      'DE811569874',
    ]);
    expect(vatIdsIn('VAT ID: NL854321987B01').map(({ value }) => value)).toEqual(['NL854321987B01']);
    expect([isVatId('FR11999999998'), isVatId('DE12345678'), isVatId('XX123')]).toEqual([true, false, false]);
  });
});
