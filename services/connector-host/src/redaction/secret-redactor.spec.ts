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
