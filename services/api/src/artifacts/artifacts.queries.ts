import { type Queryable, rowOf } from '../database/rows.js';

export interface ArtifactRow {
  id: string;
  mediaType: string;
  bytes: number;
  name: string | null;
  sha256: string;
}

export async function insertArtifact(
  database: Queryable,
  artifact: ArtifactRow & { workspaceId: string; content: Buffer },
): Promise<void> {
  await database.query(
    'INSERT INTO artifacts (id, workspace_id, media_type, bytes, name, sha256, content) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [
      artifact.id,
      artifact.workspaceId,
      artifact.mediaType,
      artifact.bytes,
      artifact.name,
      artifact.sha256,
      artifact.content,
    ],
  );
}

const COLUMNS = 'id, media_type AS "mediaType", bytes, name, sha256';

export function findArtifact(
  database: Queryable,
  workspaceId: string,
  id: string,
): Promise<ArtifactRow | undefined> {
  return rowOf<ArtifactRow>(
    database,
    `SELECT ${COLUMNS} FROM artifacts WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id],
  );
}

export function findArtifactContent(
  database: Queryable,
  workspaceId: string,
  id: string,
): Promise<(ArtifactRow & { content: Buffer }) | undefined> {
  return rowOf(database, `SELECT ${COLUMNS}, content FROM artifacts WHERE workspace_id = $1 AND id = $2`, [
    workspaceId,
    id,
  ]);
}
