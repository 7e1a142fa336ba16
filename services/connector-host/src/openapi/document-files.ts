import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { LIMITS } from '../limits.js';
import { OpenApiError } from '@tutti/plugin-sdk/openapi';

/** Documents at `file:` addresses: in a folder of the connector host that its operator named. */
export class DocumentFiles {
  readonly #folder: string | null;

  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** The text of `file://app/greet.proto`, which is `app/greet.proto` in the folder. Throws OpenApiError. */
  async read(url: URL): Promise<string> {
    if (this.#folder === null)
      throw refused(
        'Files of the connector host are not read. Its operator can name a folder for documents ' +
          '(TUTTI_DOCUMENT_FOLDER), or serve the document over HTTP.',
      );
    const path = join(this.#folder, url.hostname, decodeURIComponent(url.pathname));
    try {
      return await readInside(await realpath(this.#folder), path);
    } catch (error) {
      if (error instanceof OpenApiError) throw error;
      throw refused(
        `There is no such file in the folder for documents (${(error as { code?: string }).code}).`,
      );
    }
  }
}

async function readInside(folder: string, path: string): Promise<string> {
  // Links are followed first, so that none leads out of the folder.
  const real = await realpath(path);
  if (!real.startsWith(folder + sep)) throw refused('It lies outside of the folder for documents.');
  const { size } = await stat(real);
  if (size > LIMITS.openApiDocumentBytesMax)
    throw refused(`It has ${size} bytes, and ${LIMITS.openApiDocumentBytesMax} is the limit.`);
  return readFile(real, 'utf8');
}

function refused(message: string): OpenApiError {
  return new OpenApiError('configuration', message);
}
