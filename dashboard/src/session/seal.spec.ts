import { seal, unseal } from './seal';

describe('the sealed session cookie', () => {
  it('gives the token back to the installation that sealed it', () => {
    expect(unseal(seal('session-token-of-the-api', 'a'), 'a')).toBe('session-token-of-the-api');
  });
  it('shows nothing of the token, and is different every time', () => {
    const sealed = seal('session-token-of-the-api', 'a');
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('session-token');
    expect(seal('session-token-of-the-api', 'a')).not.toBe(sealed);
  });
  it.each([
    ['another secret', (s: string) => [s, 'b']],
    ['a changed byte', (s: string) => [`${s.slice(0, -2)}AA`, 'a']],
    ['garbage', () => ['xx', 'a']],
    ['nothing', () => ['', 'a']],
  ] as const)('refuses %s', (_name, change) => {
    const [value, secret] = change(seal('t0ken-value-long', 'a'));
    expect(unseal(value as string, secret as string)).toBeUndefined();
  });
});
