import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/**
 * Whose secrets they are. Sealed in with them, so that a sealed value copied to another row does not open
 * there.
 */
export type SecretOwner =
  | { workspaceId: string; connection: string }
  /** A secret of the workspace's own, by its name. */
  | { workspaceId: string; secret: string }
  /** What the hub keeps for a connection or asks of another process, by its kind and name. */
  | { workspaceId: string; kind: 'tokens' | 'sign-in' | 'question'; of: string };

const FORMAT = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** Seals the secrets of connections for the database: AES-256-GCM under the installation's master key. */
export class SecretBox {
  readonly #masterKey: Buffer;
  readonly #sealingKey: Buffer;

  /** `masterKey`: 32 bytes, as bytes or as 64 hex digits. */
  constructor(masterKey: Uint8Array | string) {
    const key = typeof masterKey === 'string' ? fromHex(masterKey) : Buffer.from(masterKey);
    if (key.length !== KEY_BYTES)
      throw new Error('The master key must have 32 bytes: make one with `openssl rand -hex 32`.');
    this.#masterKey = key;
    this.#sealingKey = this.derive('connection-secrets');
  }

  /** A key for one purpose, so that no two uses share key material. */
  derive(purpose: string): Buffer {
    return createHmac('sha256', this.#masterKey).update(`tutti/${purpose}`).digest();
  }

  /** Format byte, nonce, tag, ciphertext. Every call gives other bytes. */
  seal(secrets: Record<string, string>, owner: SecretOwner): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(owner));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), sealed]);
  }

  /**
   * Throws when the bytes were changed, belong to another connection, or were sealed under another master
   * key.
   */
  open(sealed: Uint8Array, owner: SecretOwner): Record<string, string> {
    const bytes = Buffer.from(sealed);
    try {
      if (bytes.length < HEADER_BYTES || bytes[0] !== FORMAT) throw new Error('unknown format');
      const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', this.#sealingKey, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(associatedData(owner));
      decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, HEADER_BYTES));
      const text = Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES)), decipher.final()]).toString(
        'utf8',
      );
      return JSON.parse(text) as Record<string, string>;
    } catch (error) {
      throw new Error(
        `The secrets of ${nameOf(owner)} cannot be opened: they were changed, or the ` +
          `master key is not the one they ` +
          'were sealed with. Put the old master key back, or enter the secrets again.',
        { cause: error },
      );
    }
  }
}

function associatedData(owner: SecretOwner): Buffer {
  const { workspaceId } = owner;
  const names =
    'secret' in owner
      ? ['secret', owner.secret]
      : 'kind' in owner
        ? ['hub', owner.kind, owner.of]
        : [owner.connection];
  return Buffer.from(JSON.stringify([workspaceId, ...names]), 'utf8');
}

function nameOf(owner: SecretOwner): string {
  if ('kind' in owner) return `${owner.kind} of "${owner.of}"`;
  return 'secret' in owner ? `workspace under "${owner.secret}"` : `connection "${owner.connection}"`;
}

function fromHex(text: string): Buffer {
  return /^[0-9a-fA-F]{64}$/.test(text.trim()) ? Buffer.from(text.trim(), 'hex') : Buffer.alloc(0);
}
