import type { Duplex } from 'node:stream';

/**
 * The wire between a host and the process of a plugin: frames of a length in 4 bytes (big endian) and a JSON
 * array of messages in UTF-8. What is sent in one turn of the event loop goes out as one frame.
 *
 * Both sides run this file, the plugin's as it is: it takes nothing from other files.
 */

/** Most bytes of one frame: an artifact of 20 MiB in base64, and what goes with it. */
export const FRAME_BYTES_MAX = 32 * 1024 * 1024;
/** Most bytes that wait for the other side to read them. */
export const UNREAD_BYTES_MAX = 2 * FRAME_BYTES_MAX;
const HEADER_BYTES = 4;

/** A message that no frame can hold. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
}

export interface PipeEvents {
  message(message: unknown): void;
  /** Once. Closed: the other side is gone; otherwise it does not keep to the rules of the wire. */
  broken(why: string, closed: boolean): void;
}

export class Pipe {
  readonly #stream: Duplex;
  readonly #events: PipeEvents;
  readonly #reader = new FrameReader();
  #waiting: string[] = [];
  #waitingLength = 0;
  #flushing = false;
  #open = true;

  constructor(stream: Duplex, events: PipeEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    const closed = () => this.#break('The pipe was closed.', true);
    for (const event of ['error', 'close', 'end']) stream.on(event, closed);
  }

  /** Throws `MessageTooLarge`. */
  send(message: object): void {
    if (!this.#open) return;
    const text = JSON.stringify(message);
    // A character has at most 3 bytes per unit of its length.
    if (text.length * 3 > FRAME_BYTES_MAX && Buffer.byteLength(text) + 2 > FRAME_BYTES_MAX)
      throw new MessageTooLarge(`A message between host and plugin has at most ${FRAME_BYTES_MAX} bytes.`);
    if (this.#waitingLength + text.length > FRAME_BYTES_MAX / 4) this.#flush();
    this.#waiting.push(text);
    this.#waitingLength += text.length;
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  close(): void {
    this.#open = false;
    this.#stream.destroy();
  }

  #flush(): void {
    if (this.#waiting.length === 0 || !this.#open) return;
    const body = Buffer.from(`[${this.#waiting.join(',')}]`, 'utf8');
    this.#waiting = [];
    this.#waitingLength = 0;
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt32BE(body.length);
    this.#stream.cork();
    this.#stream.write(header);
    this.#stream.write(body);
    this.#stream.uncork();
    if (this.#stream.writableLength > UNREAD_BYTES_MAX) this.#break('The other side does not read.');
  }

  #read(chunk: Buffer): void {
    let messages: unknown[];
    try {
      messages = this.#reader.push(chunk);
    } catch (error) {
      return this.#break((error as Error).message);
    }
    for (const message of messages) if (this.#open) this.#events.message(message);
  }

  #break(why: string, closed = false): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.destroy();
    this.#events.broken(why, closed);
  }
}

/** Puts frames together from what arrives. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** The messages of the frames that are complete now. Throws when the bytes are no frames. */
  push(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages: unknown[] = [];
    for (let length = this.#nextLength(); length !== null; length = this.#nextLength()) {
      const all = this.#joined();
      const text = all.toString('utf8', HEADER_BYTES, HEADER_BYTES + length);
      this.#chunks = [all.subarray(HEADER_BYTES + length)];
      this.#bytes -= HEADER_BYTES + length;
      const parsed = parseSafely(text);
      if (!Array.isArray(parsed)) throw new Error('A frame holds no array of messages.');
      for (const message of parsed) messages.push(message);
    }
    return messages;
  }

  /** Length of the next frame, or null when it is not all there. */
  #nextLength(): number | null {
    if (this.#bytes < HEADER_BYTES) return null;
    const [first] = this.#chunks;
    const length = (
      first !== undefined && first.length >= HEADER_BYTES ? first : this.#joined()
    ).readUInt32BE(0);
    if (length > FRAME_BYTES_MAX) throw new Error(`A frame has more than ${FRAME_BYTES_MAX} bytes.`);
    return this.#bytes < HEADER_BYTES + length ? null : length;
  }

  #joined(): Buffer {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

/**
 * JSON without properties called `__proto__`: harmless as they are parsed, they would change the prototype of
 * whatever the value is assigned to later.
 */
export function parseSafely(text: string): unknown {
  const suspect = text.includes('__proto__') || text.includes('\\u');
  return JSON.parse(text, suspect ? withoutPrototype : undefined) as unknown;
}

function withoutPrototype(this: unknown, name: string, value: unknown): unknown {
  return name === '__proto__' ? undefined : value;
}
