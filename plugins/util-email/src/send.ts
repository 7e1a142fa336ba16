import { Readable } from 'node:stream';
import { ARTIFACT_BYTES_MAX, ArtifactRef } from '@tutti/contracts';
import { markOf, PermanentError, type Reconciliation, type RunContext } from '@tutti/plugin-sdk';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { z } from 'zod';
import { classified } from './mail-errors.js';
import { inFolder, withMailbox } from './mailbox.js';
import { searchMessages } from './messages.js';
import { socketOf, type Settings } from './settings.js';

const ANSWER_MS_MAX = 30_000;

/** A line break would begin another header. */
const Line = z.string().regex(/^[^\r\n\0]*$/, 'must be one line');
const Person = z.union([z.email(), z.object({ address: z.email(), name: Line.max(200).optional() })]);
const People = z.array(Person).max(100);
const MessageId = Line.regex(/^<[^<>\s]{1,900}>$/, 'must look like <id@host>');

export const SendInput = z.object({
  from: Person.optional().describe('Absent: as the connection says'),
  to: People.min(1),
  cc: People.optional(),
  bcc: People.optional(),
  replyTo: Person.optional(),
  subject: Line.max(900),
  text: z.string().max(1_000_000).optional(),
  html: z.string().max(1_000_000).optional(),
  attachments: z.array(ArtifactRef).max(50).optional(),
  inReplyTo: MessageId.optional().describe('Id of the message that this one answers'),
});
type SendInput = z.output<typeof SendInput>;
export const SendOutput = z.object({
  messageId: z.string(),
  accepted: z.array(z.string()),
  refused: z.array(z.string()).describe('Recipients that the server did not take'),
});
type SendOutput = z.output<typeof SendOutput>;
type Context = RunContext<SendInput, Settings, undefined>;

const addressOf = (person: z.output<typeof Person>) => (typeof person === 'string' ? person : person.address);

function senderOf({ input, settings }: Context): z.output<typeof Person> {
  const sender = input.from ?? settings.from ?? settings.user;
  if (sender !== undefined && (typeof sender !== 'string' || z.email().safeParse(sender).success))
    return sender;
  throw new PermanentError('Give the message a sender: `from`, or the setting of the connection.', {
    status: 422,
  });
}

/** Made of the key of the call: a repeat has the same. */
async function messageIdOf(context: Context): Promise<string> {
  const [, host = 'tutti.invalid'] = addressOf(senderOf(context)).split('@');
  return `<tutti-${await markOf(context.idempotencyKey)}@${host}>`;
}

/** Sends a message, and keeps a copy where the connection says so. */
export async function sendMessage(context: Context): Promise<SendOutput> {
  const messageId = await messageIdOf(context);
  const { envelope, bytes } = await composed(context, messageId);
  const { accepted, rejected } = await transmit(context, envelope, bytes);
  await keepCopy(context, bytes);
  return { messageId, accepted, refused: rejected };
}

async function composed(context: Context, messageId: string) {
  const { input, files } = context;
  const { to, cc = [], bcc = [], inReplyTo, attachments = [] } = input;
  const total = attachments.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > ARTIFACT_BYTES_MAX)
    throw new PermanentError(`The attachments have at most ${ARTIFACT_BYTES_MAX} bytes together.`, {
      status: 413,
    });
  const parts = await Promise.all(
    attachments.map(async (file) => ({
      content: Buffer.from(await files.read(file)),
      contentType: file.mediaType,
      filename: file.name ?? 'attachment',
    })),
  );
  const sender = senderOf(context);
  const mail = new MailComposer({
    from: told(sender),
    to: to.map(told),
    cc: cc.map(told),
    ...(input.replyTo !== undefined && { replyTo: told(input.replyTo) }),
    subject: input.subject,
    text: input.text ?? (input.html === undefined ? '' : undefined),
    html: input.html,
    messageId,
    ...(inReplyTo !== undefined && { inReplyTo, references: [inReplyTo] }),
    attachments: parts,
    // Content comes as it is given: nothing is fetched or read from this machine.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const bytes = await mail.compile().build();
  return { bytes, envelope: { from: addressOf(sender), to: [...to, ...cc, ...bcc].map(addressOf) } };
}

function told(person: z.output<typeof Person>): { name: string; address: string } {
  return typeof person === 'string' ? { name: '', address: person } : { name: '', ...person };
}

type Envelope = { from: string; to: string[] };

/** What the server refuses before it has the text was never sent. */
function transmit({ mayHaveHappened, ...context }: Context, envelope: Envelope, bytes: Buffer) {
  return overSmtp(context, (connection) =>
    handedOver(connection, envelope, onceRead(bytes, mayHaveHappened)),
  );
}

/** Resolves when the server answers and takes user and password. */
export async function smtpAnswers(context: Pick<Context, 'settings' | 'signal'>): Promise<void> {
  await overSmtp(context, () => Promise.resolve());
}

async function overSmtp<T>(
  { settings, signal }: Pick<Context, 'settings' | 'signal'>,
  work: (connection: SMTPConnection) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const connection = connectionOf(settings);
  const broken = new Promise<never>((_, reject) => {
    connection.on('error', reject);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  broken.catch(() => undefined);
  try {
    await Promise.race([broken, opened(connection, settings)]);
    return await Promise.race([broken, work(connection)]);
  } catch (error) {
    throw classified(error);
  } finally {
    connection.close();
  }
}

/** The text; told when the server begins to take it. */
function onceRead(bytes: Buffer, told: () => void): Readable {
  return Readable.from(
    (function* () {
      told();
      yield bytes;
    })(),
  );
}

function connectionOf(settings: Settings): SMTPConnection {
  const { smtpHost, smtpPort, smtpTls } = settings;
  if (smtpHost === undefined)
    throw new PermanentError('The connection sends nothing: give its setting smtpHost.', { status: 422 });
  return new SMTPConnection({
    ...socketOf(settings, { host: smtpHost, port: smtpPort, mode: smtpTls }),
    requireTLS: smtpTls === 'starttls',
    ignoreTLS: smtpTls === 'off',
    connectionTimeout: ANSWER_MS_MAX,
    greetingTimeout: ANSWER_MS_MAX,
    socketTimeout: ANSWER_MS_MAX,
  });
}

async function opened(connection: SMTPConnection, { user, password }: Settings): Promise<void> {
  await new Promise<void>((done) => connection.connect(() => done()));
  if (user === undefined || password === undefined) return;
  await new Promise<void>((done, fail) =>
    connection.login({ credentials: { user, pass: password } }, (error) => (error ? fail(error) : done())),
  );
}

function handedOver(connection: SMTPConnection, envelope: Envelope, text: Readable) {
  return new Promise<{ accepted: string[]; rejected: string[] }>((done, fail) =>
    connection.send(envelope, text, (error, info) =>
      error || !info
        ? fail(error ?? new Error('The server said nothing.'))
        : done({ accepted: info.accepted.map(String), rejected: (info.rejected ?? []).map(String) }),
    ),
  );
}

/** The message is out: a copy that fails is no reason to say that it is not. */
async function keepCopy({ settings, signal, log }: Context, bytes: Buffer): Promise<void> {
  const { sentFolder, imapHost } = settings;
  if (sentFolder === undefined || imapHost === undefined) return;
  try {
    await withMailbox({ settings, signal }, (client) => client.append(sentFolder, bytes, ['\\Seen']));
  } catch (error) {
    log.warn('No copy of the message was kept.', { folder: sentFolder, error: (error as Error).message });
  }
}

/** A message whose answer was lost: its copy proves that it went; without one nobody can tell. */
export async function findSent(context: Context): Promise<Reconciliation<SendOutput>> {
  const { settings, signal, input } = context;
  const { sentFolder: folder, imapHost } = settings;
  if (folder === undefined || imapHost === undefined) return { happened: 'unknown' };
  const messageId = await messageIdOf(context);
  const found = await inFolder({ settings, signal }, { folder }, (client, validity) =>
    searchMessages(client, { folder, messageId, limit: 1 }, validity),
  );
  if (found.length === 0) return { happened: 'unknown' };
  const accepted = [...input.to, ...(input.cc ?? []), ...(input.bcc ?? [])].map(addressOf);
  return { happened: true, output: { messageId, accepted, refused: [] } };
}
