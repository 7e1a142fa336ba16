import { ARTIFACT_BYTES_MAX, ArtifactRef } from '@tutti/contracts';
import { z } from 'zod';
import { PermanentError } from './errors.js';
import type { FilesPort } from './ports.js';

/** A file of the artifact store as a body: the host sends its bytes, the plugin never has them. */
export class FileBody {
  readonly file: ArtifactRef;

  constructor(file: ArtifactRef) {
    this.file = file;
  }
}

/** A field of a form: text, or a file of the artifact store. */
export type FormField =
  { name: string; value: string } | { name: string; file: ArtifactRef; fileName?: string };

/** A form with files in it (`multipart/form-data`), which the host puts together. */
export class FormBody {
  readonly fields: readonly FormField[];

  constructor(fields: readonly FormField[]) {
    this.fields = fields;
  }
}

/**
 * Sends the bytes of an artifact as they are, with its media type unless the request has a `content-type`. At
 * most 20 MiB, as any artifact.
 */
export function fileBody(file: ArtifactRef): FileBody {
  return new FileBody(file);
}

/**
 * Sends `multipart/form-data`, in the order of the fields. All files together have at most 20 MiB; a file is
 * called as its artifact unless `fileName` says otherwise.
 */
export function formBody(fields: readonly FormField[]): FormBody {
  return new FormBody(fields);
}

/**
 * The schema of a file in inputs and outputs: a reference to an artifact. Forms show a field for a file, for
 * `mediaTypes` (`image/png`, `image/*`) only; the host checks no bytes.
 */
export function fileRef({ mediaTypes }: { mediaTypes?: readonly string[] } = {}): typeof ArtifactRef {
  const { id: _shared, ...about } = ArtifactRef.meta() ?? {};
  return z.object(ArtifactRef.shape).meta({
    ...about,
    file: true,
    ...(mediaTypes !== undefined && { mediaTypes: [...mediaTypes] }),
  });
}

/** Bytes as they are sent, with their content type. */
export interface SentBody {
  bytes: Uint8Array;
  contentType: string;
}

/** For those who perform requests: the bytes of a body that refers to artifacts; null for any other body. */
export async function sentBody(body: unknown, files: Pick<FilesPort, 'read'>): Promise<SentBody | null> {
  if (body instanceof FileBody)
    return { bytes: await files.read(body.file), contentType: body.file.mediaType };
  return body instanceof FormBody ? sentForm(body, files) : null;
}

async function sentForm({ fields }: FormBody, files: Pick<FilesPort, 'read'>): Promise<SentBody> {
  const boundary = `tutti-${crypto.randomUUID()}`;
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let fileBytes = 0;
  for (const field of fields) {
    parts.push(encoder.encode(`--${boundary}\r\n${partHead(field)}\r\n\r\n`));
    const bytes = 'file' in field ? await files.read(field.file) : encoder.encode(field.value);
    fileBytes += 'file' in field ? bytes.length : 0;
    if (fileBytes > ARTIFACT_BYTES_MAX)
      throw new PermanentError(`The files of a form have at most ${ARTIFACT_BYTES_MAX} bytes together.`, {
        status: 413,
      });
    parts.push(bytes, encoder.encode('\r\n'));
  }
  parts.push(encoder.encode(`--${boundary}--\r\n`));
  return { bytes: joined(parts), contentType: `multipart/form-data; boundary=${boundary}` };
}

/** As browsers write it (WHATWG HTML, 4.10.21.8). */
function partHead(field: FormField): string {
  const disposition = `content-disposition: form-data; name="${escaped(field.name)}"`;
  if (!('file' in field)) return disposition;
  const { file, fileName = file.name ?? 'file' } = field;
  const type = file.mediaType.replace(/[\r\n]/g, '');
  return `${disposition}; filename="${escaped(fileName)}"\r\ncontent-type: ${type}`;
}

function escaped(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
