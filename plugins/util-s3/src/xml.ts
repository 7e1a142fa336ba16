import { PermanentError } from '@tutti/plugin-sdk';
import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';

const LISTS = new Set(['ListBucketResult.Contents', 'ListBucketResult.CommonPrefixes']);
const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  // Keys may begin and end with spaces.
  trimValues: false,
  isArray: (_name, path) => LISTS.has(String(path)),
});

/** The elements of an answer of S3; what is no XML of this form is a `PermanentError`. */
export function readXml<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> {
  const read = schema.safeParse(elementsOf(text));
  if (read.success) return read.data;
  throw new PermanentError(`S3 answered in another form: ${z.prettifyError(read.error)}`, {
    status: 502,
    reason: 'invalid-output',
    reply: text.slice(0, 2_000),
  });
}

/** Null: it is no XML. */
export function elementsOf(text: string): unknown {
  try {
    return parser.parse(text, true) as unknown;
  } catch {
    return null;
  }
}
