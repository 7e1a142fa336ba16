import { ARTIFACT_BYTES_MAX } from '@tutti/contracts';
import { PermanentError, type HttpAnswer, type HttpQuery } from '@tutti/plugin-sdk';
import type { PluginContext, PluginHealthContext } from '../plugins/hosted-plugin.js';
import type { Answered, Ask, Packed } from './messages.js';
import { bytesOf, pack, unpack } from './packed.js';
import type { CallPorts } from './plugin-process.js';
import type { SecretVeil } from './secret-veil.js';
import { StreamPump } from './stream-pump.js';
import { errorOf, tellError } from './told-error.js';

/** What the ports of a call reach: calls have files and may give parts of an answer, streams emit. */
interface PortsContext extends Pick<PluginHealthContext, 'http' | 'log'> {
  files?: PluginHealthContext['files'];
  partial?: PluginContext['partial'];
  emit?: (batch: unknown) => Promise<void>;
}

type HttpAsk = Extract<Ask, { port: 'http' | 'open' }>;

/** Streams that one call may have open at once. */
const STREAMS_MAX = 8;

/** What belongs to the connection between two machines, or says which site is meant: the host's alone. */
const HEADERS_OF_HOST = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The ports of one call for a plugin in another process: the host does what is asked, puts the secrets into
 * what goes out, and takes them out of what comes back, errors included.
 */
export function hostPorts(context: PortsContext, veil: SecretVeil): CallPorts {
  const streams: Streams = new Map();
  return {
    log: context.log,
    partial: (text) => context.partial?.(text),
    async answer(ask) {
      try {
        return await answerTo(ask, { context, veil, streams });
      } catch (error) {
        throw errorOf(veil.on(tellError(error)));
      }
    },
    end: () => streams.forEach((stream) => stream.stop()),
  };
}

type Streams = Map<number, StreamPump>;

async function answerTo(
  ask: Ask,
  {
    context: { http, files, emit },
    veil,
    streams,
  }: { context: PortsContext; veil: SecretVeil; streams: Streams },
): Promise<unknown> {
  switch (ask.port) {
    case 'open': {
      if (streams.size >= STREAMS_MAX)
        throw new PermanentError(`A call has at most ${STREAMS_MAX} streams open.`, { status: 429 });
      const { method } = ask;
      const request = { ...requestOf(ask, veil), ...(method !== undefined && { method }) };
      const path = veil.offAddress(ask.path);
      streams.set(ask.stream, new StreamPump((signal) => http.stream(path, { ...request, signal })));
      return null;
    }
    case 'next':
      return veil.on((await streams.get(ask.stream)?.next()) ?? { items: [], ended: true });
    case 'stop':
      streams.get(ask.stream)?.stop();
      return void streams.delete(ask.stream);
    case 'http':
      return performed(ask, http, veil);
    case 'emit':
      if (emit === undefined) throw new Error('Only a stream emits events.');
      await emit(ask.batch);
      return null;
    case 'read':
      if (files === undefined) throw noFiles();
      // A reply that was stored may hold what was sent with the request.
      return pack(veil.on(await files.read({ $artifact: ask.artifact })));
    case 'write': {
      if (files === undefined) throw noFiles();
      const bytes = bytesOf(ask);
      if (bytes.length > ARTIFACT_BYTES_MAX)
        throw new PermanentError(`An artifact has at most ${ARTIFACT_BYTES_MAX} bytes.`, { status: 413 });
      const { mediaType, name } = ask;
      return files.write(bytes, name === undefined ? { mediaType } : { mediaType, name });
    }
  }
}

async function performed(
  ask: Extract<Ask, { port: 'http' }>,
  http: PluginHealthContext['http'],
  veil: SecretVeil,
): Promise<Packed | Answered> {
  let answer: HttpAnswer = { status: 0, headers: {}, url: '' };
  const answered = (told: HttpAnswer) => {
    answer = told;
  };
  const request = { ...requestOf(ask, veil), answered, ...(ask.into !== undefined && { into: ask.into }) };
  const value = pack(veil.on(await http[ask.method](veil.offAddress(ask.path), request)));
  return ask.told === true ? { value, answer: veil.on(answer) } : value;
}

function noFiles(): PermanentError {
  return new PermanentError('Triggers have no files: they belong to runs.', { status: 403 });
}

function requestOf({ query, headers = {}, body }: HttpAsk, veil: SecretVeil) {
  const foreign = Object.keys(headers).find((name) => HEADERS_OF_HOST.has(name.toLowerCase()));
  if (foreign !== undefined)
    throw new PermanentError(`The header "${foreign}" is the host's to set: leave it out.`, { status: 400 });
  return {
    headers: veil.off(headers),
    ...(query === undefined ? {} : { query: veil.off(query) as HttpQuery }),
    ...(body === undefined ? {} : { body: bodyOf(body, veil) }),
  };
}

/** Secrets go into what the plugin wrote itself, never into the bytes of an artifact. */
function bodyOf(packed: Packed, veil: SecretVeil): unknown {
  if ('file' in packed) return unpack(packed);
  return 'fields' in packed ? unpack({ fields: veil.off(packed.fields) }) : veil.off(unpack(packed));
}
