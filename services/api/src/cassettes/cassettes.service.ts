import { CASSETTE_VERSION, type Cassette, type RecordedCall, RUN_ENDED } from '@tutti/contracts';
import { recordRun, RestoreError, type Recording } from '@tutti/engine';
import { readRouting } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProblemError } from '../problems/problem.error.js';
import { type RunHistory, RunHistories } from '../runs/run-history.service.js';
import { findDefinition } from '../workflows/workflows.queries.js';
import { Pseudonyms } from './pseudonyms.js';

/** Makes cassettes out of what runs did. Changes nothing. */
@Injectable()
export class Cassettes {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunHistories) private readonly histories: RunHistories,
  ) {}

  /** Without what is personal; `redact` names properties whose values are replaced besides. */
  async of(of: { workspaceId: string; runId: string; redact: readonly string[] }): Promise<Cassette> {
    const history = await this.histories.of(of.workspaceId, of.runId);
    const { row, events, definition, versions } = history;
    refuseUnfit(history);
    const recording = recorded(() => recordRun(definition, events, versions));
    const { policies } = await readRouting(this.dataSource, of.workspaceId, row.versionId);
    const document = await findDefinition(this.dataSource, of.workspaceId, row.versionId);
    return {
      kind: 'Cassette',
      version: CASSETTE_VERSION,
      run: startOf(history).run,
      workflow: { namespace: row.namespace, name: row.name, version: row.version },
      status: row.status,
      ...withoutPersons(history, recording, of.redact),
      connections: definition.connections.map(({ name, plugin, pluginVersion, capabilities }) => ({
        name,
        plugin,
        pluginVersion,
        capabilities: used(capabilities, recording.calls),
      })),
      policies: policies.map((policy) => JSON.parse(policy.definition) as unknown),
      definition: JSON.parse(document ?? 'null') as unknown,
    };
  }
}

type Data = Pick<Cassette, 'input' | 'output' | 'error' | 'redacted' | keyof Recording>;

function withoutPersons(history: RunHistory, recording: Recording, redact: readonly string[]): Data {
  const { output, error } = history.row;
  const data = {
    input: startOf(history).input ?? null,
    ...(output !== null && { output: JSON.parse(output) as unknown }),
    ...(error !== null && { error: JSON.parse(error) as NonNullable<Cassette['error']> }),
  };
  const pseudonyms = new Pseudonyms(redact);
  pseudonyms.learn([data, dataOf(recording)]);
  const clean = pseudonyms.of(data);
  const replaced = {
    calls: recording.calls.map((call) => ({
      ...call,
      input: pseudonyms.of(call.input),
      outcome: pseudonyms.of(call.outcome),
    })),
    children: recording.children.map((child) => ({
      ...child,
      input: pseudonyms.of(child.input),
      ...('output' in child && { output: pseudonyms.of(child.output) }),
    })),
    reviews: recording.reviews.map((review) => ({ ...review, decision: pseudonyms.of(review.decision) })),
    commands: recording.commands.map(({ afterMs, command }) => ({
      afterMs,
      command: pseudonyms.of(command),
    })),
  };
  return { ...clean, redacted: pseudonyms.counts(), ...replaced };
}

/** What of a recording is the users' data. */
function dataOf({ calls, children, reviews, commands }: Recording): unknown {
  return [
    calls.map(({ input, outcome }) => [input, outcome]),
    children.map(({ input, output }) => [input, output]),
    reviews.map(({ decision }) => decision),
    commands.map(({ command }) => command),
  ];
}

/** Capabilities that nobody called are of no use to whom the cassette is played. */
function used<T>(capabilities: Record<string, T>, calls: readonly RecordedCall[]): Record<string, T> {
  const called = new Set(calls.map(({ capability }) => capability));
  return Object.fromEntries(Object.entries(capabilities).filter(([name]) => called.has(name)));
}

function startOf({ events }: RunHistory) {
  const first = events[0]?.event;
  if (first?.kind !== 'start')
    throw new ProblemError(
      'conflict',
      'The run goes on where another one stopped (a retry): record the run that it repeats.',
    );
  return first;
}

function refuseUnfit({ row, events }: RunHistory): void {
  if (!RUN_ENDED.has(row.status))
    throw new ProblemError(
      'conflict',
      `The run has not ended yet (${row.status}): record it when it has, or cancel it.`,
    );
  if (events.some(({ event }) => event.kind === 'command' && event.command.kind === 'migrate'))
    throw new ProblemError(
      'conflict',
      'The run was migrated to another version of its workflow: record one that was on one version.',
    );
}

function recorded(record: () => Recording): Recording {
  try {
    return record();
  } catch (error) {
    if (error instanceof RestoreError) throw new ProblemError('conflict', error.message);
    throw error;
  }
}
