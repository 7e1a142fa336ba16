import type { TriggerBatch } from '../../trigger.js';
import { told, type TriggerBench, type TriggerOutcome } from '../bench.js';
import type { TrialRequest } from '../trial.js';

/** Turns of the event loop in which a stream that does not wait would go on. */
const TURNS = 100;

/** What a stream gives out, as the host takes it. */
export class Emissions {
  readonly #batches: TriggerBatch[] = [];
  /** Whether a batch came while one before it was not stored yet. */
  overtook = false;
  #storing = false;
  readonly #isSlow: boolean;

  constructor({ isSlow = false }: { isSlow?: boolean } = {}) {
    this.#isSlow = isSlow;
  }

  get outcome(): TriggerOutcome {
    return {
      events: this.#batches.flatMap(({ events }) => [...events]),
      cursor: this.#batches.map(({ cursor }) => cursor ?? null).findLast((one) => one !== null) ?? null,
    };
  }

  request(request: TrialRequest): TrialRequest {
    const emit = (batch: unknown) => this.#take(batch as TriggerBatch);
    return { ...request, trigger: { ...request.trigger, emit } };
  }

  async #take(batch: TriggerBatch): Promise<void> {
    if (this.#storing) this.overtook = true;
    this.#storing = true;
    this.#batches.push(batch);
    if (this.#isSlow) for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
    this.#storing = false;
  }
}

/** Whether a stream waits for what it gave out, and begins again where it stopped. */
export async function checkStreamLife(
  { trials, findings }: TriggerBench,
  place: string,
  { request, outcome }: { request: TrialRequest; outcome: TriggerOutcome },
): Promise<void> {
  const slow = new Emissions({ isSlow: true });
  await trials.streamed(slow.request(request));
  const overtaken = 'It gives out events while those before are not stored: await `emit`.';
  findings.judge('stream', `${place}, back-pressure`, slow.overtook ? [overtaken] : []);
  if (outcome.cursor === null) return;
  const before = await trials.streamed(new Emissions().request(request));
  const after = await trials.streamed(
    new Emissions().request({ ...request, trigger: { ...request.trigger, cursor: outcome.cursor } }),
  );
  const asked = ({ system }: typeof before) =>
    system.seen.slice(0, 1).map(({ url, headers, body }) => JSON.stringify([url.href, headers, body]))[0];
  const complaint = asked(before) === asked(after) && after.system.seen.length > 0;
  findings.judge(
    'stream',
    `${place}, from its cursor`,
    complaint ? [`It begins anew, whatever the cursor: ask from it. (${told(after.ending)})`] : [],
  );
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
