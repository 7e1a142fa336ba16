import { ARTIFACT_BYTES_MAX } from '@tutti/contracts';
import { PermanentError, type HttpQuery } from '@tutti/plugin-sdk';
import type { PluginHealthContext } from '../plugins/hosted-plugin.js';
import type { Ask } from './messages.js';
import { bytesOf, pack, unpack } from './packed.js';
import type { CallPorts } from './plugin-process.js';
import type { SecretVeil } from './secret-veil.js';
import { errorOf, tellError } from './told-error.js';

type HttpAsk = Extract<Ask, { port: 'http' }>;

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
export function hostPorts(context: PluginHealthContext, veil: SecretVeil): CallPorts {
  return {
    log: context.log,
    async answer(ask) {
      try {
        return await answerTo(ask, context, veil);
      } catch (error) {
        throw errorOf(veil.on(tellError(error)));
      }
    },
  };
}

async function answerTo(ask: Ask, { http, files }: PluginHealthContext, veil: SecretVeil): Promise<unknown> {
  switch (ask.port) {
    case 'http':
      return pack(veil.on(await http[ask.method](veil.offAddress(ask.path), requestOf(ask, veil))));
    case 'read':
      return pack(await files.read({ $artifact: ask.artifact }));
    case 'write': {
      const bytes = bytesOf(ask);
      if (bytes.length > ARTIFACT_BYTES_MAX)
        throw new PermanentError(`An artifact has at most ${ARTIFACT_BYTES_MAX} bytes.`, { status: 413 });
      const { mediaType, name } = ask;
      return files.write(bytes, name === undefined ? { mediaType } : { mediaType, name });
    }
  }
}

function requestOf({ query, headers = {}, body }: HttpAsk, veil: SecretVeil) {
  const foreign = Object.keys(headers).find((name) => HEADERS_OF_HOST.has(name.toLowerCase()));
  if (foreign !== undefined)
    throw new PermanentError(`The header "${foreign}" is the host's to set: leave it out.`, { status: 400 });
  return {
    headers: veil.off(headers),
    ...(query === undefined ? {} : { query: veil.off(query) as HttpQuery }),
    ...(body === undefined ? {} : { body: veil.off(unpack(body)) }),
  };
}
