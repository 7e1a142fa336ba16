import type { AdmissionView, Allotment, QueueName } from './run-places.js';

/** What limits a queue; null: nothing does. */
export interface QueueLimits {
  /** Runs of the workflow that may be under way at once (`metadata.tutti.concurrency`). */
  ofWorkflow: number | null;
  /** Runs of the queue that may be under way at once (a trigger's `concurrency`). */
  ofQueue: number | null;
  /** The workflow's share where several wait (`metadata.tutti.weight`). */
  weight: number;
}

export interface AllotOptions {
  /** Null: the limits are not known yet, so nothing of this queue is admitted. */
  limitsOf: (queue: QueueName) => QueueLimits | null;
  /** Runs that may be admitted and not begun, over all queues. */
  windowMax: number;
  /** What queues were short of before, by name; kept by the caller from one allotment to the next. */
  credits: Map<string, number>;
}

/**
 * Shares the free places among the queues by weight. What a queue was short of is credited to it (deficit
 * round robin), so that over time each gets its share, however small the places that come free at once.
 */
export function allotPlaces(view: AdmissionView, options: AllotOptions): Allotment[] {
  const taken = countTaken(view);
  const rooms = view.ready.flatMap((queue) => {
    const limits = options.limitsOf(queue);
    const room = limits === null ? 0 : roomIn(queue, { limits, taken });
    return limits === null || room <= 0 ? [] : [{ queue, room, limits, name: nameOf(queue) }];
  });
  keepOnly(options.credits, new Set(rooms.map(({ name }) => name)));
  let free = Math.max(0, options.windowMax - taken.unstarted);
  const allotted: Allotment[] = [];
  for (const one of shares(rooms, { free, credits: options.credits })) {
    const ofWorkflow = taken.workflows.get(one.queue.workflowId) ?? 0;
    const left = one.limits.ofWorkflow === null ? Infinity : one.limits.ofWorkflow - ofWorkflow;
    const places = Math.min(one.places, one.room, left, free);
    if (places <= 0) continue;
    free -= places;
    taken.workflows.set(one.queue.workflowId, ofWorkflow + places);
    options.credits.set(one.name, places < one.places ? 0 : one.credit - places);
    allotted.push({ workflowId: one.queue.workflowId, queue: one.queue.queue, places });
  }
  return allotted;
}

interface Room {
  queue: QueueName;
  room: number;
  limits: QueueLimits;
  name: string;
}

interface Taken {
  workflows: Map<string, number>;
  queues: Map<string, number>;
  unstarted: number;
}

function countTaken(view: AdmissionView): Taken {
  const taken: Taken = { workflows: new Map(), queues: new Map(), unstarted: 0 };
  for (const one of view.taken) {
    taken.workflows.set(one.workflowId, (taken.workflows.get(one.workflowId) ?? 0) + one.taken);
    // A queue with a name of its own may serve several workflows over time: its limit is over all of them.
    if (one.queue !== '') taken.queues.set(one.queue, (taken.queues.get(one.queue) ?? 0) + one.taken);
    taken.unstarted += one.unstarted;
  }
  return taken;
}

function roomIn(queue: QueueName, { limits, taken }: { limits: QueueLimits; taken: Taken }): number {
  const ofWorkflow = limits.ofWorkflow ?? Infinity;
  const ofQueue = queue.queue === '' ? Infinity : (limits.ofQueue ?? Infinity);
  return Math.min(
    ofWorkflow - (taken.workflows.get(queue.workflowId) ?? 0),
    ofQueue - (taken.queues.get(queue.queue) ?? 0),
  );
}

/** Each queue's share of the free places with its credit; the one that was short the longest comes first. */
function shares(
  rooms: readonly Room[],
  { free, credits }: { free: number; credits: Map<string, number> },
): (Room & { places: number; credit: number })[] {
  const weights = rooms.reduce((sum, { limits }) => sum + limits.weight, 0);
  const shared = rooms
    .map((one) => {
      const credit = (credits.get(one.name) ?? 0) + (free * one.limits.weight) / weights;
      credits.set(one.name, credit);
      return { ...one, credit, places: Math.floor(credit) };
    })
    .sort((a, b) => b.credit - a.credit);
  const [first] = shared;
  // So few are free that nobody's share is a whole place: it goes to the one who waits longest.
  if (first !== undefined && first.places === 0 && free > 0) first.places = 1;
  return shared;
}

function keepOnly(credits: Map<string, number>, names: ReadonlySet<string>): void {
  for (const name of credits.keys()) if (!names.has(name)) credits.delete(name);
}

function nameOf(queue: QueueName): string {
  return `${queue.workflowId} ${queue.queue}`;
}
