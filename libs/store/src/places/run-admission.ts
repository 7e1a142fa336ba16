import type { RunAccepted } from '@tutti/contracts';
import type { Pool } from 'pg';
import type { RunStore } from '../runs/run-store.js';
import type { LoadedRun } from '../runs/run-store.types.js';
import { allotPlaces, type QueueLimits } from './allot.js';
import type { QueueName, RunPlaces } from './run-places.js';

/** Runs that were let in and that nobody has begun, over all queues: more would only wait elsewhere. */
export const ADMITTED_UNSTARTED_MAX = 500;
/** How long limits are used before they are read again, for changes made by another process. */
const LIMITS_MS = 2_000;
/** Rounds of one admission; a queue that had fewer runs than its share leaves places to the others. */
const ROUNDS_MAX = 8;

interface KnownLimits extends QueueLimits {
  readAtMs: number;
}

const LIMITS_OF_WORKFLOWS = `
SELECT w.id, v.definition::jsonb #> '{document,metadata,tutti}' AS hints
FROM workflows w JOIN workflow_versions v ON v.id = w.current_version_id WHERE w.id = ANY($1::uuid[])`;
const LIMITS_OF_TRIGGERS = `
SELECT id, (definition::jsonb #>> '{spec,concurrency}')::int AS concurrency FROM triggers WHERE id = ANY($1::uuid[])`;

/**
 * Lets waiting runs in, as far as the limits of their workflows and queues allow and fairly among workflows.
 * Any process may do it at any time: after it accepted runs that wait, when it hears that runs ended, and now
 * and then for what it did not hear.
 */
export class RunAdmission {
  private readonly limits = new Map<string, KnownLimits>();
  private readonly credits = new Map<string, number>();

  constructor(
    private readonly pool: Pool,
    private readonly places: RunPlaces,
    private readonly store: RunStore,
  ) {}

  /**
   * Admits what may come in; `ended` are runs known to have ended, null looks at all that have a place. The
   * messages are to be published; should that fail, the sweep of orphans sends them.
   */
  async admit(ended: readonly string[] | null): Promise<RunAccepted[]> {
    const admitted: string[] = [];
    let toRelease = ended;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const unknown: QueueName[] = [];
      const ids = await this.places.admit({
        ended: toRelease,
        unlimited: this.unlimited(),
        allot: (view) =>
          allotPlaces(view, {
            limitsOf: (queue) => this.recall(queue, unknown),
            windowMax: ADMITTED_UNSTARTED_MAX,
            credits: this.credits,
          }),
      });
      admitted.push(...ids);
      toRelease = [];
      if (unknown.length > 0) await this.read(unknown);
      else if (ids.length === 0) break;
    }
    if (admitted.length === 0) return [];
    return (await this.store.loadRuns(admitted)).map(acceptedOf);
  }

  /** The limits of a run's workflow and queue, for people. */
  async limitsOf(queue: QueueName): Promise<QueueLimits> {
    await this.read([queue]);
    return this.limits.get(nameOf(queue)) as QueueLimits;
  }

  private recall(queue: QueueName, unknown: QueueName[]): QueueLimits | null {
    const known = this.limits.get(nameOf(queue));
    if (known !== undefined && Date.now() - known.readAtMs < LIMITS_MS) return known;
    unknown.push(queue);
    return null;
  }

  /** Workflows of which it is known that they have no limit. */
  private unlimited(): string[] {
    const ids = new Set<string>();
    const limited = new Set<string>();
    for (const [name, limits] of this.limits) {
      const id = name.slice(0, name.indexOf(' '));
      (limits.ofWorkflow === null ? ids : limited).add(id);
    }
    return [...ids].filter((id) => !limited.has(id));
  }

  private async read(queues: readonly QueueName[]): Promise<void> {
    const workflows = await this.pool.query<{ id: string; hints: unknown }>(LIMITS_OF_WORKFLOWS, [
      [...new Set(queues.map(({ workflowId }) => workflowId))],
    ]);
    const names = [...new Set(queues.map(({ queue }) => queue).filter((queue) => queue !== ''))];
    const triggers =
      names.length === 0
        ? { rows: [] }
        : await this.pool.query<{ id: string; concurrency: number | null }>(LIMITS_OF_TRIGGERS, [names]);
    const hints = new Map(workflows.rows.map((row) => [row.id, hintsOf(row.hints)]));
    const concurrency = new Map(triggers.rows.map((row) => [row.id, row.concurrency]));
    for (const queue of queues) {
      const { ofWorkflow, weight } = hints.get(queue.workflowId) ?? { ofWorkflow: null, weight: 1 };
      const ofQueue = concurrency.get(queue.queue) ?? null;
      this.limits.set(nameOf(queue), { ofWorkflow, ofQueue, weight, readAtMs: Date.now() });
    }
  }
}

/**
 * `metadata.tutti` of a workflow; lint says what is wrong with it, here what is not understood is no limit.
 */
function hintsOf(value: unknown): Pick<QueueLimits, 'ofWorkflow' | 'weight'> {
  const { concurrency, weight } = (value ?? {}) as { concurrency?: unknown; weight?: unknown };
  return {
    ofWorkflow: Number.isInteger(concurrency) && (concurrency as number) > 0 ? (concurrency as number) : null,
    weight: typeof weight === 'number' && weight > 0 ? weight : 1,
  };
}

/** The message that sends an accepted run to its owner, made of its row. */
export function acceptedOf(run: LoadedRun): RunAccepted {
  return {
    kind: 'run.accepted',
    runId: run.id,
    workspaceId: run.workspaceId,
    workflowId: run.workflowId,
    workflow: run.workflow,
    trigger: run.trigger,
    input: JSON.parse(run.input) as unknown,
    acceptedAt: run.startedAtMs,
    traceId: run.traceId,
    rootSpanId: run.rootSpanId,
    ...(run.parentSpanId === null ? {} : { parentSpanId: run.parentSpanId }),
    ...(run.retry === null ? {} : { retry: run.retry }),
    ...(run.parent === null ? {} : { parent: run.parent }),
  };
}

function nameOf(queue: QueueName): string {
  return `${queue.workflowId} ${queue.queue}`;
}
