import type { PluginTriggerState, TriggerDetail, TriggerItem } from '@tutti/contracts';
import { PluginTriggerStore, type PluginTriggerStatus } from '@tutti/store';
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
    @Inject(PluginTriggerStore) private readonly pluginTriggers: PluginTriggerStore,
    @Inject(HUB_KAFKA) private readonly hubKafka: { prefix: string } | null,
  ) {}

  async items(rows: readonly TriggerRow[]): Promise<TriggerItem[]> {
    const statuses = await this.activity.statusOf(rows.map(({ id }) => id));
    const ofPlugins = await this.pluginTriggers.statusOf(
      rows.flatMap(({ id, kind }) => (kind === 'plugin' ? [id] : [])),
    );
    return rows.map((row) => itemOf(row, statuses.get(row.id), ofPlugins.get(row.id)));
  }

  async detail(row: TriggerRow): Promise<TriggerDetail> {
    const status = (await this.activity.statusOf([row.id])).get(row.id);
    const ofPlugin = (await this.pluginTriggers.statusOf([row.id])).get(row.id);
    const document = JSON.parse(row.definition) as TriggerDocument;
    const prefix = this.hubKafka?.prefix ?? DEFAULT_PREFIX;
    return {
      ...itemOf(row, status, ofPlugin),
      text: row.source,
      definition: document,
      consumerGroup: row.kind === 'kafka' ? groupOf(prefix, row.id) : null,
      partitions: row.enabled ? (status?.partitions ?? []) : [],
      plugin: row.kind === 'plugin' && ofPlugin ? pluginStateOf(row, ofPlugin) : null,
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

function itemOf(
  row: TriggerRow,
  status: TriggerStatus | undefined,
  ofPlugin: PluginTriggerStatus | undefined,
): TriggerItem {
  const { kafka, cloudevents, plugin } = (JSON.parse(row.definition) as TriggerDocument).spec;
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    workflow: { namespace: row.namespace, name: row.workflow },
    source: kafka?.topic ?? cloudevents?.type ?? plugin?.trigger ?? '',
    connection: kafka?.connection ?? plugin?.connection ?? null,
    enabled: row.enabled,
    state: stateOf(row, status, ofPlugin),
    error: row.enabled ? (ofPlugin?.error ?? status?.error ?? null) : null,
    lag: row.enabled ? (ofPlugin?.waiting ?? lagOf(status)) : null,
    lastRecordAt: ofPlugin?.lastEventAt?.toISOString() ?? status?.lastRecordAt ?? null,
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
function stateOf(
  row: TriggerRow,
  status: TriggerStatus | undefined,
  ofPlugin: PluginTriggerStatus | undefined,
): TriggerItem['state'] {
  if (!row.enabled) return 'paused';
  // Its events may be held although the other system is looked at: their workflow is disabled.
  if (ofPlugin !== undefined) return status?.state === 'failing' ? 'failing' : ofPlugin.state;
  return row.kind === 'cloudevents' ? 'running' : (status?.state ?? 'starting');
}

function pluginStateOf(row: TriggerRow, status: PluginTriggerStatus): PluginTriggerState {
  const { kind, cursor, hookToken, nextAt, lookedAt, lastEventAt, subscribed, events, waiting } = status;
  return {
    kind,
    cursor: cursor === null ? null : (JSON.parse(cursor) as unknown),
    hookPath: kind === 'webhook' ? `/v1/hooks/${hookToken}` : null,
    subscribed,
    nextLookAt: row.enabled && kind !== 'stream' ? nextAt.toISOString() : null,
    lookedAt: lookedAt?.toISOString() ?? null,
    lastEventAt: lastEventAt?.toISOString() ?? null,
    events,
    waiting,
  };
}

function lagOf(status: TriggerStatus | undefined): number | null {
  const known = (status?.partitions ?? []).flatMap(({ lag }) => (lag === null ? [] : [lag]));
  return known.length === 0 ? null : known.reduce((sum, lag) => sum + lag, 0);
}
