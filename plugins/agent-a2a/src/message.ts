import type { AgentTaskRunInput, AgentTaskRunOutput } from '@tutti/contracts';
import type { FilesPort } from '@tutti/plugin-sdk';
import type { Part, Version } from './wire.js';

/** What came out of parts. */
type Made = Pick<AgentTaskRunOutput, 'text' | 'data' | 'files' | 'links'>;

const UNKNOWN_TYPE = 'application/octet-stream';

/** The message of a call. All attempts give it the same id, by which an agent can tell a repeat. */
export async function messageOf(
  input: AgentTaskRunInput,
  of: { version: Version; files: FilesPort; messageId: string; conversation: string | undefined },
): Promise<Record<string, unknown>> {
  const { version, files, messageId, conversation } = of;
  const old = version === '0.3';
  const parts: unknown[] = [];
  if (input.text !== undefined) parts.push({ ...(old && { kind: 'text' }), text: input.text });
  if (input.data !== undefined) parts.push({ ...(old && { kind: 'data' }), data: input.data });
  for (const ref of input.files ?? []) {
    const raw = Buffer.from(await files.read(ref)).toString('base64');
    const { mediaType, name } = ref;
    parts.push(
      old
        ? { kind: 'file', file: { bytes: raw, mimeType: mediaType, ...(name !== undefined && { name }) } }
        : { raw, mediaType, ...(name !== undefined && { filename: name }) },
    );
  }
  return {
    ...(old && { kind: 'message' }),
    messageId,
    role: old ? 'user' : 'ROLE_USER',
    parts,
    ...(conversation !== undefined && { contextId: conversation }),
    ...(input.task !== undefined && { taskId: input.task }),
  };
}

/** Text, values and files of parts; files that came as bytes become artifacts. */
export async function madeOf(parts: readonly Part[], files: FilesPort): Promise<Made> {
  const made: Made = { text: '', data: [], files: [], links: [] };
  const texts: string[] = [];
  for (const part of parts) {
    const { text, data, file } = part;
    const raw = part.raw ?? file?.bytes;
    const url = part.url ?? file?.uri;
    const mediaType = part.mediaType ?? file?.mimeType;
    const name = part.filename ?? file?.name;
    const named = name === undefined || name === '' ? {} : { name };
    if (text !== undefined) texts.push(text);
    else if (raw !== undefined)
      made.files.push(
        await files.write(Buffer.from(raw, 'base64'), { mediaType: mediaType || UNKNOWN_TYPE, ...named }),
      );
    else if (url !== undefined) made.links.push({ url, ...named, ...(mediaType && { mediaType }) });
    else if (data !== undefined) made.data.push(data);
  }
  return { ...made, text: texts.join('\n') };
}
