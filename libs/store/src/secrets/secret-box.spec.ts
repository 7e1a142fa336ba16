import { randomBytes } from 'node:crypto';
import { SecretBox } from './secret-box.js';

const key = randomBytes(32);
const owner = { workspaceId: 'default', connection: 'crm' };
const secrets = { token: 'canary-äöü-🔑' };

describe('SecretBox', () => {
  it('opens what it sealed', () => {
    expect(new SecretBox(key).open(new SecretBox(key.toString('hex')).seal(secrets, owner), owner)).toEqual(
      secrets,
    );
  });

  it('never seals to the same bytes twice and never shows the secret', () => {
    const box = new SecretBox(key);
    const [first, second] = [box.seal(secrets, owner), box.seal(secrets, owner)];
    expect(first.equals(second)).toBe(false);
    expect(first.includes('canary')).toBe(false);
  });

  it('does not open for another connection, another workspace or under another key', () => {
    const sealed = new SecretBox(key).seal(secrets, owner);
    const remedy = /cannot be opened.*enter the secrets again/;
    expect(() => new SecretBox(key).open(sealed, { ...owner, connection: 'erp' })).toThrow(remedy);
    expect(() => new SecretBox(key).open(sealed, { ...owner, workspaceId: 'other' })).toThrow(remedy);
    expect(() => new SecretBox(randomBytes(32)).open(sealed, owner)).toThrow(remedy);
  });

  it('does not open when any byte was changed or cut off', () => {
    const box = new SecretBox(key);
    const sealed = box.seal(secrets, owner);
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] as number) ^ 1;
      expect(() => box.open(changed, owner)).toThrow('cannot be opened');
    }
    expect(() => box.open(sealed.subarray(0, 20), owner)).toThrow('cannot be opened');
  });

  it.each(['', 'short', 'zz'.repeat(32), randomBytes(31)])(
    'refuses a master key that is not 32 bytes: %p',
    (bad) => {
      expect(() => new SecretBox(bad)).toThrow('openssl rand -hex 32');
    },
  );

  it('derives different keys for different purposes', () => {
    const box = new SecretBox(key);
    expect(box.derive('a').equals(box.derive('b'))).toBe(false);
    expect(box.derive('a').equals(new SecretBox(key).derive('a'))).toBe(true);
  });
});
