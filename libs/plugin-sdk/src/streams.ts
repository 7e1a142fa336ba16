import { createParser } from 'eventsource-parser';
import { PermanentError } from './errors.js';
import type { StreamItem } from './ports.js';

/** Most characters of one item of a streamed reply. */
export const STREAM_ITEM_LENGTH_MAX = 1024 * 1024;

/** What reads the text of a stream, piece by piece. */
interface ItemReader {
  push(text: string): StreamItem[];
  /** What stands at the end without a line break. */
  end(): StreamItem[];
}

const READERS: Readonly<Record<string, () => ItemReader>> = {
  'text/event-stream': eventReader,
  'application/x-ndjson': lineReader,
  'application/jsonl': lineReader,
  'application/jsonlines': lineReader,
};

/** Whether replies of this media type (without parameters, lower case) are streams. */
export function isStream(mediaType: string): boolean {
  return Object.hasOwn(READERS, mediaType);
}

/**
 * The items of a streamed reply, as they come. `PermanentError` when the reply is no stream or one item is
 * too long; what `chunks` throws goes through.
 */
export async function* streamItems(
  chunks: AsyncIterable<Uint8Array>,
  mediaType: string,
): AsyncGenerator<StreamItem> {
  const reader = READERS[mediaType]?.();
  if (reader === undefined) {
    const message = `The reply is ${mediaType || 'of no type'}, and no stream of events or lines.`;
    throw new PermanentError(message, { status: 502, reason: 'invalid-output' });
  }
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield* reader.push(decoder.decode(chunk, { stream: true }));
  yield* reader.push(decoder.decode());
  yield* reader.end();
}

function eventReader(): ItemReader {
  let items: StreamItem[] = [];
  const parser = createParser({
    maxBufferSize: STREAM_ITEM_LENGTH_MAX,
    onEvent: ({ data, event, id }) =>
      items.push({ data, ...(event !== undefined && { event }), ...(id !== undefined && { id }) }),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw tooLong();
    },
  });
  return {
    push(text) {
      items = [];
      parser.feed(text);
      return items;
    },
    // An event that is not complete at the end is none, as the standard says.
    end: () => [],
  };
}

function lineReader(): ItemReader {
  let rest = '';
  const itemsOf = (lines: readonly string[]) =>
    lines.filter((line) => line.trim() !== '').map((data) => ({ data }));
  return {
    push(text) {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? '';
      if (rest.length > STREAM_ITEM_LENGTH_MAX) throw tooLong();
      return itemsOf(lines);
    },
    end: () => itemsOf([rest]),
  };
}

function tooLong(): PermanentError {
  const message = `One item of the stream has more than ${STREAM_ITEM_LENGTH_MAX} characters.`;
  return new PermanentError(message, { status: 502, reason: 'invalid-output' });
}
