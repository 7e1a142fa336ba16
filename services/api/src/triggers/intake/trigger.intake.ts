import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import type {
  DeadLetterRedriver,
  RedrivableLetter,
  RedriveOutcome,
} from '../../dead-letters/dead-letter.redriver.js';
import { TriggerDirectory } from '../trigger.directory.js';
import { findTriggerById, listEnabledTriggers } from '../triggers.queries.js';
import { keyOfRecord, type LiveTrigger, type Outcome, TriggerRecords } from './trigger-records.js';
import type { RecordView, SourceRecord } from './trigger-record.js';

/** A CloudEvent that came over HTTP, decoded: attributes by name, and its data. */
export interface DeliveredEvent {
  /** With `id`, `source` and `type` at least; extensions beside them. */
  attributes: Record<string, unknown> & { id: string; source: string; type: string };
  data: unknown;
  /** Headers of the request that are to be seen by filters, such as `traceparent`; names in lower case. */
  headers?: Record<string, string>;
}

/** What one trigger made of an event. */
export type Delivered = { trigger: string } & Outcome;

/**
 * The door of triggers for what does not come out of a topic: events over HTTP, and dead letters once more.
 */
@Injectable()
export class TriggerIntake implements DeadLetterRedriver {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(TriggerDirectory) private readonly directory: TriggerDirectory,
    @Inject(TriggerRecords) private readonly records: TriggerRecords,
  ) {}

  /**
   * Gives an event to all triggers of the workspace that want it. The same event (source and id) starts one
   * run of each, however often it comes. An empty answer: no trigger wants it.
   */
  async deliver(workspaceId: string, event: DeliveredEvent): Promise<Delivered[]> {
    const { attributes } = event;
    const subject = typeof attributes.subject === 'string' ? attributes.subject : undefined;
    const delivered: Delivered[] = [];
    for (const row of await listEnabledTriggers(this.dataSource)) {
      if (row.workspaceId !== workspaceId || row.kind !== 'cloudevents') continue;
      const live = this.directory.liveOf(row);
      if (live === null || !live.compiled.wants({ ...attributes, subject })) continue;
      const outcome = await this.records.takeOne(live, { ...recordOf(event), key: keyOfEvent(event) });
      this.records.count(live, [outcome]);
      delivered.push({ trigger: row.name, ...outcome });
    }
    return delivered;
  }

  async check(letter: RedrivableLetter): Promise<string | null> {
    const live = await this.triggerOf(letter);
    if (live === null) return GONE;
    const verdict = await this.records.judge(live, sourceOf(letter));
    return verdict.kind === 'dead' ? verdict.detail : null;
  }

  /** The letter carries the name of its record, so that two redrives start one run. */
  async redrive(letter: RedrivableLetter): Promise<RedriveOutcome> {
    const live = await this.triggerOf(letter);
    if (live === null) return { status: 'dead', reason: 'refused', detail: GONE };
    const record = sourceOf(letter);
    const outcome = await this.records.takeOne(live, { record, key: keyOfRecord(record) });
    if (outcome.kind === 'dead') return { status: 'dead', reason: outcome.reason, detail: outcome.detail };
    this.records.count(live, [outcome]);
    return { status: 'accepted' };
  }

  private async triggerOf(letter: RedrivableLetter): Promise<LiveTrigger | null> {
    const row = await findTriggerById(this.dataSource, letter.triggerId);
    return row?.workspaceId === letter.workspaceId ? this.directory.liveOf(row) : null;
  }
}

const GONE = 'The trigger of this dead letter was removed, so it cannot be redriven.';

/** Kept when the record came: its own time was not kept. */
function sourceOf(letter: RedrivableLetter): SourceRecord {
  const { topic, partition, offset, key, headers, payload, createdAt: timestamp } = letter;
  return { topic, partition, offset, key, headers, payload, timestamp };
}

function recordOf({ attributes, data, headers = {} }: DeliveredEvent): {
  record: SourceRecord;
  view: RecordView;
} {
  const timestamp = typeof attributes.time === 'string' ? attributes.time : new Date().toISOString();
  const key = typeof attributes.partitionkey === 'string' ? attributes.partitionkey : null;
  const place = { key, headers, topic: 'http', partition: 0, timestamp };
  return {
    record: { ...place, offset: '0', payload: null },
    view: { ...place, offset: 0, value: data ?? null, event: attributes },
  };
}

/** Source and id name an event (CloudEvents 1.0, "id"); hashed, because both may be long. */
function keyOfEvent({ attributes }: DeliveredEvent): string {
  return createHash('sha256')
    .update(JSON.stringify([attributes.source, attributes.id]))
    .digest('hex');
}
