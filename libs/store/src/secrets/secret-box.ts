import { randomBytes } from 'node:crypto';
import {
  CIPHER_BYTES,
  decrypt,
  deriveKey,
  encrypt,
  KEY_BYTES,
  KEY_ID_BYTES,
  MasterKey,
} from './master-key.js';

/**
 * Whose secrets they are. Sealed in with them, so that a sealed value copied to another row does not open
 * there.
 */
export type SecretOwner =
  | { workspaceId: string; connection: string }
  /** A secret of the workspace's own, by its name. */
  | { workspaceId: string; secret: string }
  /** What the hub keeps for a connection, for itself, or asks of another process, by its kind and name. */
  | { workspaceId: string; kind: 'tokens' | 'sign-in' | 'question' | 'installation'; of: string };

/** Sealed with a key of the master key itself, as it was before secrets had data keys. */
export const LEGACY_FORMAT = 1;
/** Sealed with a data key of its own, which is wrapped under a master key. */
export const FORMAT = 2;
const WRAPPED_BYTES = CIPHER_BYTES + KEY_BYTES;
const HEADER_BYTES = 1 + KEY_ID_BYTES + WRAPPED_BYTES;

export interface SecretBoxKeys {
  /** Keys that secrets may still be under besides. */
  others?: readonly MasterKey[];
  /** What `derive` begins with; absent: the master key. It outlives the master keys. */
  installationSecret?: Uint8Array;
}

/**
 * Seals secrets for the database: each under a random data key of its own (AES-256-GCM), and that under the
 * installation's master key. Wrapped key and ciphertext are bound to their owner, the wrapped key to the
 * master key's id too.
 */
export class SecretBox {
  readonly #keys: ReadonlyMap<string, MasterKey>;
  readonly #installationSecret: Buffer;
  #sealing: MasterKey | undefined;
  #sealingId: string;

  /** `masterKey`: 32 bytes, as bytes or as 64 hex digits. */
  constructor(
    masterKey: MasterKey | Uint8Array | string,
    { others = [], installationSecret }: SecretBoxKeys = {},
  ) {
    const key = masterKey instanceof MasterKey ? masterKey : new MasterKey(masterKey);
    this.#keys = new Map([key, ...others].map((one) => [one.id, one]));
    this.#sealing = key;
    this.#sealingId = key.id;
    this.#installationSecret = Buffer.from(installationSecret ?? key.bytes);
  }

  /** The ids of the master keys that this process has. */
  get keyIds(): string[] {
    return [...this.#keys.keys()];
  }

  /** The id of the master key that new secrets are put under. */
  get sealingKeyId(): string {
    return this.#sealingId;
  }

  /** From now on secrets are put under this key; without it here, nothing is sealed any more. */
  sealUnder(keyId: string): void {
    this.#sealing = this.#keys.get(keyId);
    this.#sealingId = keyId;
  }

  /** A key for one purpose of the installation: the same in all of its processes, under any master key. */
  derive(purpose: string): Buffer {
    return deriveKey(this.#installationSecret, purpose);
  }

  /** Format byte, id of the master key, wrapped data key, ciphertext. Every call gives other bytes. */
  seal(secrets: Record<string, string>, owner: SecretOwner): Buffer {
    const dataKey = randomBytes(KEY_BYTES);
    const sealed = encrypt(dataKey, Buffer.from(JSON.stringify(secrets), 'utf8'), contentOf(owner));
    return Buffer.concat([this.#header(dataKey, owner), sealed]);
  }

  /**
   * Throws when the bytes were changed, belong to another owner, or were sealed under a master key that is
   * not here.
   */
  open(sealed: Uint8Array, owner: SecretOwner): Record<string, string> {
    const bytes = Buffer.from(sealed);
    try {
      const opened = bytes[0] === LEGACY_FORMAT ? this.#openLegacy(bytes, owner) : this.#open(bytes, owner);
      return JSON.parse(opened.toString('utf8')) as Record<string, string>;
    } catch (error) {
      throw unopened(owner, error);
    }
  }

  /**
   * The same secrets under the master key that seals now; null when they are. Only the data key is wrapped
   * anew, where there is one. Throws as `open` does.
   */
  rewrap(sealed: Uint8Array, owner: SecretOwner): Buffer | null {
    const bytes = Buffer.from(sealed);
    if (bytes[0] === LEGACY_FORMAT) return this.seal(this.open(bytes, owner), owner);
    if (keyIdOf(bytes) === this.#sealingId) return null;
    try {
      return Buffer.concat([this.#header(this.#unwrap(bytes, owner), owner), bytes.subarray(HEADER_BYTES)]);
    } catch (error) {
      throw unopened(owner, error);
    }
  }

  #header(dataKey: Buffer, owner: SecretOwner): Buffer {
    const key = this.#sealing;
    if (key === undefined)
      throw new Error(
        `This process does not have the master key ${this.#sealingId}, which secrets are sealed under now. ` +
          'Start it again with that key.',
      );
    return Buffer.concat([
      Buffer.of(FORMAT),
      key.idBytes,
      encrypt(key.wrapping, dataKey, wrappedOf(key, owner)),
    ]);
  }

  #open(bytes: Buffer, owner: SecretOwner): Buffer {
    return decrypt(this.#unwrap(bytes, owner), bytes.subarray(HEADER_BYTES), contentOf(owner));
  }

  #unwrap(bytes: Buffer, owner: SecretOwner): Buffer {
    if (bytes[0] !== FORMAT || bytes.length < HEADER_BYTES + CIPHER_BYTES) throw new Error('unknown format');
    const key = this.#keys.get(keyIdOf(bytes));
    if (key === undefined) throw new Error(`the master key ${keyIdOf(bytes)} is not here`);
    return decrypt(key.wrapping, bytes.subarray(1 + KEY_ID_BYTES, HEADER_BYTES), wrappedOf(key, owner));
  }

  /** Nothing in the bytes says which key it was. */
  #openLegacy(bytes: Buffer, owner: SecretOwner): Buffer {
    const failures: unknown[] = [];
    for (const key of this.#keys.values()) {
      try {
        return decrypt(key.legacySealing, bytes.subarray(1), Buffer.from(textOf(owner), 'utf8'));
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0];
  }
}

/** The id of the master key that sealed bytes are under; only those with a data key say it. */
export function keyIdOf(sealed: Buffer): string {
  return sealed.subarray(1, 1 + KEY_ID_BYTES).toString('hex');
}

function unopened(owner: SecretOwner, cause: unknown): Error {
  return new Error(
    `The secrets of ${nameOf(owner)} cannot be opened: they were changed, or the ` +
      `master key is not the one they ` +
      'were sealed with. Put the old master key back, or enter the secrets again.',
    { cause },
  );
}

function textOf(owner: SecretOwner): string {
  const { workspaceId } = owner;
  const names =
    'secret' in owner
      ? ['secret', owner.secret]
      : 'kind' in owner
        ? ['hub', owner.kind, owner.of]
        : [owner.connection];
  return JSON.stringify([workspaceId, ...names]);
}

function contentOf(owner: SecretOwner): Buffer {
  return Buffer.from(`content ${textOf(owner)}`, 'utf8');
}

function wrappedOf({ id }: MasterKey, owner: SecretOwner): Buffer {
  return Buffer.from(`data-key ${id} ${textOf(owner)}`, 'utf8');
}

export function nameOf(owner: SecretOwner): string {
  if ('kind' in owner) return `${owner.kind} of "${owner.of}"`;
  return 'secret' in owner ? `workspace under "${owner.secret}"` : `connection "${owner.connection}"`;
}
