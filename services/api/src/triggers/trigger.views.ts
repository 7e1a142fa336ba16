import type { TriggerDetail, TriggerItem } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Queryable, rowOf } from '../database/rows.js';
import type { TriggerDocument } from './document/trigger.document.js';
import { HUB_KAFKA } from './kafka/kafka-connections.js';
import { TriggerActivity, type TriggerStatus } from './trigger.activity.js';
import { groupOf } from './trigger.runner.js';
import type { TriggerRow } from './triggers.queries.js';

const DEFAULT_PREFIX = 'tutti';

/** Triggers as the API shows them: the document, and what all processes together do of it. */
@Injectable()
export class TriggerViews {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(TriggerActivity) private readonly activity: TriggerActivity,
    @Inject(HUB_KAFKA) private readonly hubKafka: { prefix: string } | null,
  ) {}

  async items(rows: readonly TriggerRow[]): Promise<TriggerItem[]> {
    const statuses = await this.activity.statusOf(rows.map(({ id }) => id));
    return rows.map((row) => itemOf(row, statuses.get(row.id)));
  }

  async detail(row: TriggerRow): Promise<TriggerDetail> {
    const status = (await this.activity.statusOf([row.id])).get(row.id);
    const document = JSON.parse(row.definition) as TriggerDocument;
    const prefix = this.hubKafka?.prefix ?? DEFAULT_PREFIX;
    return {
      ...itemOf(row, status),
      text: row.source,
      definition: document,
      consumerGroup: row.kind === 'kafka' ? groupOf(prefix, row.id) : null,
      partitions: row.enabled ? (status?.partitions ?? []) : [],
      places: { ...(await placesOf(this.dataSource, row.id)), limit: document.spec.concurrency ?? null },
    };
  }
}

async function placesOf(database: Queryable, id: string): Promise<{ waiting: number; taken: number }> {
  const row = await rowOf<{ waiting: number; taken: number }>(
    database,
    `SELECT count(*) FILTER (WHERE state <> 'admitted')::int AS waiting, count(*) FILTER (WHERE state = 'admitted')::int AS taken
    FROM run_places WHERE queue = $1`,
    [id],
  );
  return row ?? { waiting: 0, taken: 0 };
}

function itemOf(row: TriggerRow, status: TriggerStatus | undefined): TriggerItem {
  const { kafka, cloudevents } = (JSON.parse(row.definition) as TriggerDocument).spec;
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    workflow: { namespace: row.namespace, name: row.workflow },
    source: kafka?.topic ?? cloudevents?.type ?? '',
    connection: kafka?.connection ?? null,
    enabled: row.enabled,
    state: stateOf(row, status),
    error: row.enabled ? (status?.error ?? null) : null,
    lag: row.enabled ? lagOf(status) : null,
    lastRecordAt: status?.lastRecordAt ?? null,
    records: {
      taken: status?.taken ?? 0,
      filtered: status?.filtered ?? 0,
      dead: status?.dead ?? 0,
      repeated: status?.repeated ?? 0,
    },
    runsStarted: status?.started ?? 0,
    version: row.revision,
    contentHash: row.contentHash,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** An event trigger has nothing to connect to: it works as soon as it is there. */
function stateOf(row: TriggerRow, status: TriggerStatus | undefined): TriggerItem['state'] {
  if (!row.enabled) return 'paused';
  return row.kind === 'cloudevents' ? 'running' : (status?.state ?? 'starting');
}

function lagOf(status: TriggerStatus | undefined): number | null {
  const known = (status?.partitions ?? []).flatMap(({ lag }) => (lag === null ? [] : [lag]));
  return known.length === 0 ? null : known.reduce((sum, lag) => sum + lag, 0);
}
