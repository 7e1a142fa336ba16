import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What `encrypt` adds to a text. */
export const CIPHER_BYTES = NONCE_BYTES + TAG_BYTES;
export const KEY_ID_BYTES = 8;

/** Nonce, tag, ciphertext: AES-256-GCM. */
export function encrypt(key: Uint8Array, plain: Uint8Array, associated: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Throws when key or associated data differ, or a byte was changed. */
export function decrypt(key: Uint8Array, bytes: Buffer, associated: Uint8Array): Buffer {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, CIPHER_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(CIPHER_BYTES)), decipher.final()]);
}

/** A key for one purpose, so that no two uses share key material. */
export function deriveKey(from: Uint8Array, purpose: string): Buffer {
  return createHmac('sha256', from).update(`tutti/${purpose}`).digest();
}

/** A master key of the installation: it wraps the data keys of secrets. */
export class MasterKey {
  /** 16 hex digits that tell keys apart and say nothing of them. */
  readonly id: string;
  readonly idBytes: Buffer;
  readonly bytes: Buffer;
  readonly wrapping: Buffer;
  /** What secrets were sealed with before they had data keys. */
  readonly legacySealing: Buffer;

  /** `key`: 32 bytes, as bytes or as 64 hex digits. */
  constructor(key: Uint8Array | string) {
    this.bytes = typeof key === 'string' ? fromHex(key) : Buffer.from(key);
    if (this.bytes.length !== KEY_BYTES)
      throw new Error('The master key must have 32 bytes: make one with `openssl rand -hex 32`.');
    this.idBytes = deriveKey(this.bytes, 'key-id').subarray(0, KEY_ID_BYTES);
    this.id = this.idBytes.toString('hex');
    this.wrapping = deriveKey(this.bytes, 'data-keys');
    this.legacySealing = deriveKey(this.bytes, 'connection-secrets');
  }
}

function fromHex(text: string): Buffer {
  return /^[0-9a-fA-F]{64}$/.test(text.trim()) ? Buffer.from(text.trim(), 'hex') : Buffer.alloc(0);
}
