import { createCipheriv, randomBytes } from 'node:crypto';
import { deriveKey, encrypt, MasterKey } from './master-key.js';
import { keyIdOf, LEGACY_FORMAT, SecretBox } from './secret-box.js';

const key = randomBytes(32);
const owner = { workspaceId: 'default', connection: 'crm' };
const secrets = { token: 'canary-äöü-🔑' };

/** Sealed as releases before data keys did. */
function legacy(under: Buffer): Buffer {
  const associated = Buffer.from(JSON.stringify(['default', 'crm']));
  const sealed = encrypt(
    deriveKey(under, 'connection-secrets'),
    Buffer.from(JSON.stringify(secrets)),
    associated,
  );
  return Buffer.concat([Buffer.of(LEGACY_FORMAT), sealed]);
}

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
    // Another data key each time, not only another nonce.
    expect(first.subarray(9, 69).equals(second.subarray(9, 69))).toBe(false);
    expect(first.includes('canary')).toBe(false);
    expect(first.includes(key)).toBe(false);
  });

  it('does not open for another connection, another workspace or under another key', () => {
    const sealed = new SecretBox(key).seal(secrets, owner);
    const remedy = /cannot be opened.*enter the secrets again/;
    expect(() => new SecretBox(key).open(sealed, { ...owner, connection: 'erp' })).toThrow(remedy);
    expect(() => new SecretBox(key).open(sealed, { ...owner, workspaceId: 'other' })).toThrow(remedy);
    expect(() => new SecretBox(randomBytes(32)).open(sealed, owner)).toThrow(remedy);
  });

  it('does not take the wrapped key of one row for the content of another', () => {
    const box = new SecretBox(key);
    const other = { ...owner, connection: 'erp' };
    const [mine, theirs] = [box.seal(secrets, owner), box.seal({ token: 'x' }, other)];
    const mixed = Buffer.concat([mine.subarray(0, 69), theirs.subarray(69)]);
    expect(() => box.open(mixed, owner)).toThrow('cannot be opened');
    expect(() => box.open(mixed, other)).toThrow('cannot be opened');
    expect(() => box.rewrap(mixed, other)).not.toThrow();
    box.sealUnder('another');
    expect(() => box.rewrap(mixed, other)).toThrow('cannot be opened');
  });

  it('does not open when any byte was changed or cut off', () => {
    const box = new SecretBox(key);
    for (const sealed of [box.seal(secrets, owner), legacy(key)]) {
      for (let i = 0; i < sealed.length; i++) {
        const changed = Buffer.from(sealed);
        changed[i] = (changed[i] as number) ^ 1;
        expect(() => box.open(changed, owner)).toThrow('cannot be opened');
      }
      for (const length of [0, 1, 20, 69, 80])
        expect(() => box.open(sealed.subarray(0, Math.min(length, sealed.length - 1)), owner)).toThrow(
          'cannot be opened',
        );
    }
  });

  it('opens what was sealed before there were data keys, under any key that it has', () => {
    const [old, next] = [new MasterKey(randomBytes(32)), new MasterKey(key)];
    const box = new SecretBox(next, { others: [old] });
    expect(box.open(legacy(old.bytes), owner)).toEqual(secrets);
    expect(box.open(legacy(next.bytes), owner)).toEqual(secrets);
    expect(() => box.open(legacy(randomBytes(32)), owner)).toThrow('cannot be opened');
    // Node's own cipher, so that the format is held to what the old release wrote.
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', deriveKey(key, 'connection-secrets'), nonce);
    cipher.setAAD(Buffer.from('["default","crm"]'));
    const text = Buffer.concat([cipher.update(JSON.stringify(secrets)), cipher.final()]);
    expect(box.open(Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), text]), owner)).toEqual(secrets);
  });

  it('wraps data keys anew under the key that seals, and leaves the content as it is', () => {
    const [old, next] = [new MasterKey(randomBytes(32)), new MasterKey(key)];
    const sealed = new SecretBox(old).seal(secrets, owner);
    const both = new SecretBox(old, { others: [next] });
    expect(both.rewrap(sealed, owner)).toBeNull();
    both.sealUnder(next.id);
    const moved = both.rewrap(sealed, owner) as Buffer;
    expect(moved.subarray(69).equals(sealed.subarray(69))).toBe(true);
    expect(keyIdOf(moved)).toBe(next.id);
    expect(new SecretBox(next).open(moved, owner)).toEqual(secrets);
    expect(() => new SecretBox(old).open(moved, owner)).toThrow('cannot be opened');
    const fresh = both.rewrap(legacy(old.bytes), owner) as Buffer;
    expect(new SecretBox(next).open(fresh, owner)).toEqual(secrets);
    expect(() => both.rewrap(sealed, { ...owner, connection: 'erp' })).toThrow('cannot be opened');
  });

  it('seals nothing when the key that seals is not here', () => {
    const box = new SecretBox(key);
    const sealed = box.seal(secrets, owner);
    box.sealUnder('0123456789abcdef');
    expect(() => box.seal(secrets, owner)).toThrow(/does not have the master key 0123456789abcdef/);
    expect(box.open(sealed, owner)).toEqual(secrets);
  });

  it.each(['', 'short', 'zz'.repeat(32), randomBytes(31)])(
    'refuses a master key that is not 32 bytes: %p',
    (bad) => {
      expect(() => new SecretBox(bad)).toThrow('openssl rand -hex 32');
    },
  );

  it('derives different keys for different purposes, the same under any master key', () => {
    const box = new SecretBox(key);
    expect(box.derive('a').equals(box.derive('b'))).toBe(false);
    expect(box.derive('a').equals(new SecretBox(key).derive('a'))).toBe(true);
    const installationSecret = randomBytes(32);
    const [one, two] = [new SecretBox(key, { installationSecret }), new SecretBox(randomBytes(32))];
    expect(one.derive('a').equals(two.derive('a'))).toBe(false);
    const moved = new SecretBox(randomBytes(32), { installationSecret });
    expect(one.derive('a').equals(moved.derive('a'))).toBe(true);
  });
});
