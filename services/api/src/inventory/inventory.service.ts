import { Inject, Injectable } from '@nestjs/common';
import type { AiAsset, AiAssetPage } from '@tutti/contracts';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { decodeCursor, isUuid, pageFrom } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { type AssetFilter, type AssetRow, listAssets } from './inventory.queries.js';

export interface AssetListQuery {
  kind?: AiAsset['kind'] | undefined;
  managed?: boolean | undefined;
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

@Injectable()
export class InventoryService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async list(workspaceId: string, query: AssetListQuery): Promise<z.infer<typeof AiAssetPage>> {
    const rows = await listAssets(this.dataSource, {
      workspaceId,
      kind: query.kind ?? null,
      managed: query.managed ?? null,
      q: query.q?.trim() || null,
      after: afterOf(query.cursor),
      limit: query.limit + 1,
    });
    return pageFrom(rows, query.limit, { item: toAsset, key: (row) => JSON.stringify([row.key, row.id]) });
  }
}

function toAsset({ key: _key, ...row }: AssetRow): AiAsset {
  return {
    ...row,
    calls: Number(row.calls),
    errors: Number(row.errors),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    costMicros: Number(row.costMicros),
  };
}

function afterOf(cursor: string | undefined): AssetFilter['after'] {
  const text = decodeCursor(cursor);
  if (text === null) return null;
  try {
    const [key, id] = JSON.parse(text) as [unknown, unknown];
    if (typeof key === 'string' && typeof id === 'string' && isUuid(id)) return { key, id };
  } catch {
    // Falls through to the same answer as a cursor of another list.
  }
  throw new ProblemError(
    'invalid-request',
    'The cursor is not one that this list gave. Leave it out to start at the first page.',
  );
}
