import { createHash } from 'node:crypto';
import { ARTIFACT_BYTES_MAX, uuidv7, type ArtifactRef } from '@tutti/contracts';
import { PermanentError, type FilesPort } from '@tutti/plugin-sdk';
import type { DataSource } from 'typeorm';

type Database = Pick<DataSource, 'query'>;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The artifact store of one workspace, as plugins and `call: http` use it. */
export class ArtifactFiles implements FilesPort {
  readonly #database: Database;
  readonly #workspaceId: string;

  constructor(database: Database, workspaceId: string) {
    this.#database = database;
    this.#workspaceId = workspaceId;
  }

  async read(ref: Pick<ArtifactRef, '$artifact'>): Promise<Uint8Array> {
    // An id that is no UUID would be a database error, which is not what it means.
    const rows = UUID.test(ref.$artifact) ? await this.#find(ref.$artifact) : [];
    const content = rows[0]?.content;
    if (content !== undefined) return content;
    throw new PermanentError(`The artifact "${ref.$artifact}" does not exist.`, { status: 404 });
  }

  async write(bytes: Uint8Array, as: { mediaType: string; name?: string }): Promise<ArtifactRef> {
    if (bytes.length > ARTIFACT_BYTES_MAX) {
      const message = `An artifact has at most ${ARTIFACT_BYTES_MAX} bytes, this one has ${bytes.length}.`;
      throw new PermanentError(message, { status: 413 });
    }
    const id = uuidv7();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await this.#database.query(
      `INSERT INTO artifacts (id, workspace_id, media_type, bytes, name, sha256, content) VALUES ($1, $2,
         $3, $4, $5, $6, $7)`,
      [id, this.#workspaceId, as.mediaType, bytes.length, as.name ?? null, sha256, Buffer.from(bytes)],
    );
    const ref: ArtifactRef = { $artifact: id, mediaType: as.mediaType, bytes: bytes.length, sha256 };
    return as.name === undefined ? ref : { ...ref, name: as.name };
  }

  #find(id: string): Promise<{ content: Uint8Array }[]> {
    const sql = 'SELECT content FROM artifacts WHERE id = $1 AND workspace_id = $2';
    return this.#database.query(sql, [id, this.#workspaceId]) as Promise<{ content: Uint8Array }[]>;
  }
}
