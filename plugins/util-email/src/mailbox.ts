import { PermanentError } from '@tutti/plugin-sdk';
import { ImapFlow } from 'imapflow';
import { classified } from './mail-errors.js';
import { socketOf, type Settings } from './settings.js';

const ANSWER_MS_MAX = 30_000;
/** No message that is read is larger; attachments of the hub have at most 20 MiB, in base64 a third more. */
export const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;

/** Which mailbox is opened, and for how long at most. */
export interface MailboxRequest {
  settings: Settings;
  signal: AbortSignal;
}

/** Signs in, and signs out when the work is done; errors come classified. */
export async function withMailbox<T>(
  { settings, signal }: MailboxRequest,
  work: (client: ImapFlow) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = clientOf(settings);
  // Whatever breaks while nobody waits is told to the next command.
  client.on('error', () => undefined);
  const stop = () => client.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
    const result = await work(client);
    await client.logout();
    return result;
  } catch (error) {
    client.close();
    throw classified(error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function clientOf(settings: Settings): ImapFlow {
  const { imapHost, imapPort, imapTls, user = '', password } = settings;
  if (imapHost === undefined)
    throw new PermanentError('The connection has no mailbox: give its setting imapHost.', { status: 422 });
  return new ImapFlow({
    ...socketOf(settings, { host: imapHost, port: imapPort, mode: imapTls }),
    doSTARTTLS: imapTls === 'starttls',
    auth: { user, pass: password },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: ANSWER_MS_MAX,
    greetingTimeout: ANSWER_MS_MAX,
    socketTimeout: ANSWER_MS_MAX,
    maxLiteralSize: MESSAGE_BYTES_MAX,
  });
}

/** Works in one folder; another `uidValidity` than now is a conflict: its numbers mean other messages. */
export function inFolder<T>(
  request: MailboxRequest,
  { folder, uidValidity }: { folder: string; uidValidity?: string | undefined },
  work: (client: ImapFlow, validity: string) => Promise<T>,
): Promise<T> {
  return withMailbox(request, async (client) => {
    await client.mailboxOpen(folder).catch((error: unknown) => {
      throw noFolder(error, folder);
    });
    const validity = String(client.mailbox && client.mailbox.uidValidity);
    if (uidValidity === undefined || uidValidity === validity) return work(client, validity);
    const message = `The folder "${folder}" was made anew: its messages have other numbers (uid) now.`;
    throw new PermanentError(message, { status: 409, reply: { uidValidity: validity } });
  });
}

/** Many servers refuse a folder that is not there without saying why. */
function noFolder(error: unknown, folder: string): unknown {
  if ((error as { responseStatus?: string }).responseStatus !== 'NO') return error;
  return new PermanentError(`There is no folder "${folder}", or it may not be opened.`, {
    status: 404,
    cause: error,
  });
}
