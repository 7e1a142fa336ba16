import fc from 'fast-check';
import { KnownSecrets } from './known-secrets.js';
import { SecretRedactor, secretsOfHeaders } from './secret-redactor.js';

it('takes secrets out of any text in every spelling that travels', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme' }),
      fc.string(),
      (secret, around) => {
        const redactor = new SecretRedactor([secret]);
        const bytes = Buffer.from(secret, 'utf8');
        for (const spelling of [
          secret,
          encodeURIComponent(secret),
          bytes.toString('base64'),
          bytes.toString('base64url'),
          bytes.toString('hex'),
        ]) {
          const text = redactor.text(`${around}|${spelling}|`);
          expect(text.slice(around.length)).not.toContain(`|${spelling}|`);
        }
        expect(JSON.stringify(redactor.value({ deep: [{ text: secret }] }))).not.toContain(
          `"text":${JSON.stringify(secret)}`,
        );
      },
    ),
  );
});

it('leaves values without secrets as they are, and does not redact what is too short to be one', () => {
  const redactor = new SecretRedactor(['abc', '']);
  const value = { abc: 'abc' };
  expect(redactor.value(value)).toBe(value);
  expect(new SecretRedactor(['secret']).value(value)).toBe(value);
  expect(new SecretRedactor(['secret']).value(undefined)).toBeUndefined();
});

it('redacts the longest secret first', () => {
  expect(new SecretRedactor(['pass', 'password']).text('my password')).toBe('my [redacted]');
});

it('knows the parts of credential headers', () => {
  expect(
    secretsOfHeaders({
      Authorization: 'Basic dXNlcjpwYXNz',
      'x-api-key': 'k-12345678',
      accept: 'application/json',
    }),
  ).toEqual(['dXNlcjpwYXNz', 'k-12345678']);
});

it('knows the secrets of all connections until they are gone', () => {
  const known = new KnownSecrets();
  expect(known.redact('secret-one')).toBe('secret-one');
  known.set('a', ['secret-one']);
  known.set('b', ['secret-two']);
  expect(known.redact('secret-one secret-two')).toBe('[redacted] [redacted]');
  known.delete('a');
  expect(known.redact('secret-one secret-two')).toBe('secret-one [redacted]');
});

it('takes out long secrets and many of them, however large a pattern of all would be', () => {
  const long = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(40) + 'k'.repeat(20_000) + i);
  const many = Array.from({ length: 2_000 }, (_, i) => `secret-number-${i}-`);
  const redactor = new SecretRedactor([...long, ...many]);
  const text = [...long, 'kept', ...many].join(' | ');
  expect(redactor.text(text).replaceAll('[redacted]', '').replaceAll(' | ', '')).toBe('kept');
});

it('leaves JSON that can be read, also where a secret is a number or stands beside an escape', () => {
  const redactor = new SecretRedactor(['1234567', 'tok_abcdef']);
  expect(redactor.value({ id: 1234567, near: '\tok_abcdef', n: 5, 1234567: true })).toEqual({
    id: '[redacted]',
    near: '\tok_abcdef',
    n: 5,
    '[redacted]': true,
  });
});
