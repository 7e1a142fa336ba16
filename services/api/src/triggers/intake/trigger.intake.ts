import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ProblemError } from '../../problems/problem.error.js';
import { TriggerDirectory } from '../trigger.directory.js';
import { findTriggerById, listEnabledTriggers } from '../triggers.queries.js';
import { type Outcome, TriggerRecords } from './trigger-records.js';
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

/** A stored dead letter of a trigger, as it is to be tried again. */
export interface LetterToRedrive {
  workspaceId: string;
  triggerId: string;
  topic: string;
  partition: number;
  offset: string;
  key: string | null;
  headers: Record<string, string>;
  /** The payload to use: the edited one if there is one. */
  payload: Uint8Array;
}

/** The door of triggers for what does not come out of a topic: events over HTTP, and dead letters once more. */
@Injectable()
export class TriggerIntake {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(TriggerDirectory) private readonly directory: TriggerDirectory,
    @Inject(TriggerRecords) private readonly records: TriggerRecords,
  ) {}

  /**
   * Gives an event to all triggers of the workspace that want it. The same event (source and id) starts one run
   * of each, however often it comes. An empty answer: no trigger wants it.
   */
  async deliver(workspaceId: string, event: DeliveredEvent): Promise<Delivered[]> {
    const { attributes } = event;
    const subject = typeof attributes.subject === 'string' ? attributes.subject : undefined;
    const delivered: Delivered[] = [];
    for (const row of await listEnabledTriggers(this.dataSource)) {
      if (row.workspaceId !== workspaceId || row.kind !== 'cloudevents') continue;
      const live = this.directory.liveOf(row);
      if (live === null || !live.compiled.wants({ ...attributes, subject })) continue;
      const outcome = await this.records.takeOne(live, { ...recordOf(event), key: keyOf(event) });
      this.records.count(live, [outcome]);
      delivered.push({ trigger: row.name, ...outcome });
    }
    return delivered;
  }

  /**
   * Tries a dead letter again. It carries the name of its record, so that two redrives start one run. Throws
   * ProblemError when its trigger is gone.
   */
  async redrive(letter: LetterToRedrive): Promise<Outcome> {
    const row = await findTriggerById(this.dataSource, letter.triggerId);
    const live = row?.workspaceId === letter.workspaceId ? this.directory.liveOf(row) : null;
    if (live === null || live === undefined)
      throw new ProblemError(
        'conflict',
        'The trigger of this dead letter was removed, so it cannot be redriven.',
      );
    const { topic, partition, offset, key, headers, payload } = letter;
    const record: SourceRecord = {
      topic,
      partition,
      offset,
      key,
      headers,
      payload,
      timestamp: new Date().toISOString(),
    };
    const outcome = await this.records.takeOne(live, { record, key: `${topic}-${partition}-${offset}` });
    if (outcome.kind === 'started') this.records.count(live, [outcome]);
    return outcome;
  }
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
function keyOf({ attributes }: DeliveredEvent): string {
  return createHash('sha256')
    .update(JSON.stringify([attributes.source, attributes.id]))
    .digest('hex');
}
