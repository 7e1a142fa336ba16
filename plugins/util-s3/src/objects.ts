import { ArtifactRef } from '@tutti/contracts';
import {
  fileBody,
  isClassifiedError,
  markOf,
  orNull,
  PermanentError,
  TransientError,
  type HttpAnswer,
  type HttpPort,
} from '@tutti/plugin-sdk';
import { percentEncoded } from '@tutti/plugin-sdk/aws-signature';
import { z } from 'zod';
import { incomplete, Refusal } from './refusals.js';
import { pathOf } from './settings.js';
import { readXml } from './xml.js';

/** A path upwards would leave the bucket, as addresses are read everywhere. */
export const Key = z
  .string()
  .min(1)
  .refine((key) => new TextEncoder().encode(key).length <= 1_024, 'must have at most 1,024 bytes')
  .refine((key) => !key.startsWith('/'), 'must not begin with /')
  .refine((key) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(key), 'must have no part . or ..')
  .describe('Name of the object: invoices/2026/17.pdf');

const Metadata = z
  .record(
    z.string().regex(/^[a-z0-9-]{1,100}$/),
    z
      .string()
      .max(2_000)
      .regex(/^[\x20-\x7e]*$/),
  )
  .describe('Names in lower case, values in ASCII');

export const ObjectHead = z.object({
  key: z.string(),
  bytes: z.int().nonnegative(),
  mediaType: z.string(),
  etag: z.string().describe('Changes with the content'),
  modifiedAt: z.iso.datetime().nullable(),
  metadata: z.record(z.string(), z.string()),
});
export type ObjectHead = z.output<typeof ObjectHead>;

export const PutInput = z
  .object({
    key: Key,
    file: ArtifactRef.optional(),
    text: z.string().max(1_000_000).optional().describe('In the place of a file'),
    mediaType: z
      .string()
      .regex(/^[\x21-\x7e][\x20-\x7e]{0,199}$/)
      .optional()
      .describe('Absent: that of the file, or text/plain'),
    metadata: Metadata.optional(),
    cacheControl: z
      .string()
      .regex(/^[\x21-\x7e][\x20-\x7e]{0,199}$/)
      .optional(),
    ifAbsent: z.boolean().default(false).describe('Refused with 409 when the object is there already'),
  })
  .refine(({ file, text }) => (file === undefined) !== (text === undefined), 'Give either file or text.');
export const PutOutput = z.object({ key: z.string(), etag: z.string(), versionId: z.string().nullable() });
type PutOutput = z.output<typeof PutOutput>;

/** Says which call wrote an object. */
const CALL = 'tutti-call';
const META = 'x-amz-meta-';

/** Writes an object, whole or not at all: a repeat writes the same, and with `ifAbsent` finds its own. */
export async function putObject(
  http: HttpPort,
  key: string,
  input: z.output<typeof PutInput>,
): Promise<PutOutput> {
  const { file, text = '', ifAbsent } = input;
  const mark = ifAbsent ? await markOf(key) : undefined;
  let answer: HttpAnswer | undefined;
  try {
    await http.put(pathOf(input.key), {
      body: file === undefined ? text : fileBody(file),
      headers: putHeaders(input, mark),
      reply: z.null(),
      answered: (told) => (answer = told),
    });
  } catch (error) {
    const before = await writtenBefore(http, { key: input.key, mark }, error);
    return { key: input.key, etag: before.etag, versionId: null };
  }
  return { key: input.key, etag: etagOf(answer), versionId: answer?.headers['x-amz-version-id'] ?? null };
}

function putHeaders(input: z.output<typeof PutInput>, mark: string | undefined): Record<string, string> {
  const {
    file,
    mediaType = file?.mediaType ?? 'text/plain; charset=utf-8',
    metadata = {},
    cacheControl,
  } = input;
  const own = Object.entries(metadata).map(([name, value]) => [META + name, value]);
  return {
    'content-type': mediaType,
    ...Object.fromEntries(own),
    ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
    // The store compares what arrives with what the hub keeps.
    ...(file?.sha256 !== undefined && {
      'x-amz-checksum-sha256': Buffer.from(file.sha256, 'hex').toString('base64'),
    }),
    ...(mark !== undefined && { 'if-none-match': '*', [META + CALL]: mark }),
  };
}

/** The object that this call wrote already, when its answer was lost; else the refusal. */
async function writtenBefore(
  http: HttpPort,
  { key, mark }: { key: string; mark: string | undefined },
  error: unknown,
): Promise<ObjectHead> {
  if (mark === undefined || !isClassifiedError(error) || error.status !== 409) throw error;
  const there = await headObject(http, key);
  if (there?.metadata[CALL] === mark) return there;
  throw new PermanentError(`There is an object "${key}" already.`, { status: 409, cause: error });
}

function etagOf(answer: HttpAnswer | undefined): string {
  const etag = answer?.headers['etag'];
  if (etag === undefined) throw incomplete('an etag');
  return etag.replaceAll('"', '');
}

/** What is known of an object without its content; null: there is none. */
export async function headObject(http: HttpPort, key: string): Promise<ObjectHead | null> {
  let answer: HttpAnswer | undefined;
  const asked = http.head(pathOf(key), { reply: z.null(), answered: (told) => (answer = told) });
  // The reply of a head is null, so whether there is one shows in its headers.
  await orNull(asked);
  return answer === undefined ? null : headOf(key, answer);
}

function headOf(key: string, answer: HttpAnswer): ObjectHead {
  const { headers } = answer;
  const modified = Date.parse(headers['last-modified'] ?? '');
  const own = Object.entries(headers).filter(([name]) => name.startsWith(META));
  return {
    key,
    bytes: Number(headers['content-length'] ?? 0),
    mediaType: headers['content-type'] ?? 'application/octet-stream',
    etag: etagOf(answer),
    modifiedAt: Number.isNaN(modified) ? null : new Date(modified).toISOString(),
    metadata: Object.fromEntries(own.map(([name, value]) => [name.slice(META.length), value])),
  };
}

export const GetOutput = z.object({ file: ArtifactRef, object: ObjectHead });

/** The content of an object as a file of the hub. */
export async function getObject(http: HttpPort, key: string): Promise<z.output<typeof GetOutput>> {
  let answer: HttpAnswer | undefined;
  const file = await http.get(pathOf(key), {
    into: 'file',
    reply: ArtifactRef,
    answered: (told) => (answer = told),
  });
  if (answer === undefined) throw incomplete('headers');
  return {
    file: { ...file, name: key.split('/').at(-1) || key },
    object: { ...headOf(key, answer), bytes: file.bytes },
  };
}

/** Deletes an object; one that is not there is deleted too. */
export async function deleteObject(http: HttpPort, key: string): Promise<void> {
  await orNull(http.delete(pathOf(key), { reply: z.null() }));
}

const Copied = z.object({ CopyObjectResult: z.object({ ETag: z.string() }) });

/** Copies an object within its bucket, with its metadata. */
export async function copyObject(
  http: HttpPort,
  { bucket, from, to }: { bucket: string; from: string; to: string },
): Promise<PutOutput> {
  const source = `${percentEncoded(bucket)}${pathOf(from)}`;
  const text = await http.put(pathOf(to), { headers: { 'x-amz-copy-source': source }, reply: z.string() });
  const answer = readXml(text, z.union([Copied, Refusal]));
  // S3 answers 200 as soon as it begins to copy, and says later that it failed.
  if ('Error' in answer)
    throw new TransientError(`S3 broke the copy off: ${answer.Error.Message ?? answer.Error.Code}`, {
      status: 503,
    });
  return { key: to, etag: answer.CopyObjectResult.ETag.replaceAll(/"|&quot;/g, ''), versionId: null };
}
