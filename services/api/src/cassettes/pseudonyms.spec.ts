import fc from 'fast-check';
import { Pseudonyms } from './pseudonyms.js';

const IBAN = 'DE89 3704 0044 0532 0130 00';

function clean(value: unknown, names: string[] = []): { value: unknown; counts: Record<string, number> } {
  const pseudonyms = new Pseudonyms(names);
  pseudonyms.learn(value);
  return { value: pseudonyms.of(value), counts: pseudonyms.counts() };
}

describe('pseudonyms', () => {
  it('stand for addresses, accounts, cards and telephones wherever they are, the same for the same', () => {
    const text = `Ann (ann.ode@acme.org, +49 30 1234567) pays from ${IBAN} or 4012 8888 8888 1881.`;
    const { value, counts } = clean({ text, again: ['ann.ode@acme.org', 'bob@acme.org'] });
    expect(value).toEqual({
      text:
        'Ann (person-1@example.com, +1 555 0000001) pays from DE09 0000 0000 0000 0000 01 or ' +
        '4111110000000013.',
      again: ['person-1@example.com', 'person-2@example.com'],
    });
    expect(counts).toEqual({ email: 2, phone: 1, iban: 1, card: 1 });
  });

  it('leave alone what only looks like it: numbers without a checksum, dates, ids, decimals', () => {
    const plain = [
      'DE00 3704 0044 0532 0130 00',
      '1234 5678 9012 3456',
      '2026-11-22T10:00:00.000Z',
      '018f0000-0000-7000-8000-000000000001',
      'sha256 bbcd6fad5506947518fcffca9dcf60fa6333d152bc39dbffc18e72c64ccc90af',
      '1,234,567.89',
      'PO 4500017801',
      7,
      null,
      true,
    ];
    expect(clean(plain)).toEqual({ value: plain, counts: {} });
  });

  it('replace named properties to their depth, and their texts elsewhere', () => {
    const { value } = clean(
      { customer: { name: 'Ann Ode', age: 41 }, note: 'Ann Ode called.', list: [{ name: 'Bob' }] },
      ['customer', 'name'],
    );
    expect(value).toEqual({
      customer: { name: 'name-1', age: 1 },
      note: 'name-1 called.',
      list: [{ name: 'name-2' }],
    });
  });

  it.each([
    'password',
    'Authorization',
    'api_key',
    'x-api-key',
    'accessToken',
    'client-secret',
    'token',
    'cookie',
  ])('take the text of %s out', (name) => {
    expect(clean({ [name]: 'hunter22', tokens: 3, inputTokens: 4 }).value).toEqual({
      [name]: '[redacted]',
      tokens: 3,
      inputTokens: 4,
    });
  });

  it('keep the form of a value, and nothing of what is named, whatever it is', () => {
    const named = fc.string({ minLength: 3 }).filter((text) => !'name-0123456789'.includes(text));
    fc.assert(
      fc.property(named, fc.jsonValue({ maxDepth: 3 }), (secret, rest) => {
        const whole = { name: secret, rest, list: [secret] };
        const { value } = clean(whole, ['name']);
        expect((value as typeof whole).name).toBe('name-1');
        expect((value as typeof whole).list).toEqual(['name-1']);
        expect(clean(whole, ['name']).value).toEqual(value);
      }),
    );
  });
});
