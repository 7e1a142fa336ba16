import assert from 'node:assert/strict';
import { wakeAt } from '../../src/index.js';
import { interpret } from './interpreter.js';
import { numberOf, Random } from './random.js';
import type { SimulatedWorkflow } from './workflows.js';
import { INPUT, World, type Crash, type Parts } from './world.js';

const CALM_STEPS_MAX = 2_000;
const STEADY_TICKS_MAX = 20;

/** One history of a workflow: first faults and chance, then a calm in which all that is asked is answered. */
export class History {
  readonly world: World;
  private readonly random: Random;
  private ticks = 0;
  private events = 0;
  private eventIsNext = false;

  constructor(
    workflow: SimulatedWorkflow,
    number: number,
    options: { parts?: Parts; trace?: string[] } = {},
  ) {
    this.random = new Random(numberOf(workflow.seed, number, 'history'));
    this.world = new World(workflow, this.random, options);
  }

  /** Throws an AssertionError when anything happened that must not. */
  run(): void {
    const steps = this.random.below(30);
    for (let i = 0; i < steps; i += 1) this.step();
    if (this.random.chance(0.2)) this.world.checkReplay();
    this.calm();
    this.world.checkReplay();
    this.afterwards();
    if (this.world.workflow.steady) this.checkResult();
  }

  private step(): void {
    const { random, world } = this;
    const { messages, requests } = world;
    if (random.chance(world.subscribed.length > 0 ? 0.3 : 0.03)) return this.event();
    const dice = random.below(107);
    if (dice >= 100) return this.childEnds();
    if (dice < 45 && messages.length > 0) return this.deliver();
    if (dice < 70 && requests.length > 0) return this.host();
    if (dice < 78) return this.tick();
    if (dice < 82) return this.clock();
    if (dice < 86) return this.review();
    if (dice < 90) return this.command();
    if (dice < 92) return this.lose(messages, 'message');
    if (dice < 94) return this.lose(requests, 'call');
    if (dice < 96) {
      world.note(() => 'the sweeper asks again for what is outstanding');
      return world.sweep();
    }
    world.note(() => 'an alarm rings too early or twice');
    messages.push({ kind: 'due' });
  }

  private deliver(): void {
    const { random, world } = this;
    const { messages } = world;
    const batch = Array.from({ length: Math.min(messages.length, 1 + random.below(3)) }, () => {
      const index = random.chance(0.6) ? 0 : random.below(messages.length);
      return messages.splice(index, 1)[0] as (typeof messages)[number];
    });
    const owner = random.pick(world.owners);
    const dice = random.below(10);
    const crash: Crash = dice === 0 ? 'before the commit' : dice === 1 ? 'after the commit' : 'none';
    world.note(
      () =>
        `${owner.name} takes ${batch.map(describe).join(', ')}${crash === 'none' ? '' : `, dies ${crash}`}`,
    );
    const done = world.turn(owner, batch, crash);
    if (done && dice !== 2) return;
    if (done) world.note(() => '  delivered again later');
    messages.push(...batch);
  }

  private host(): void {
    const { random, world } = this;
    const index = random.chance(0.6) ? 0 : random.below(world.requests.length);
    const call = world.requests[index] as (typeof world.requests)[number];
    const dice = random.below(10);
    if (dice !== 0) world.requests.splice(index, 1);
    const message = world.work(call);
    world.note(
      () =>
        `a host makes ${call.callId} attempt ${call.attempt}: ${describe(message)}` +
        (dice === 0 ? ' (the request comes again)' : dice === 1 ? ' (the answer is lost)' : ''),
    );
    if (dice !== 1) world.messages.push(message);
    if (dice === 2) world.messages.push(message);
  }

  private lose(queue: unknown[], what: string): void {
    if (queue.length === 0) return;
    const index = this.random.below(queue.length);
    const [lost] = queue.splice(index, 1) as { kind: string }[];
    this.world.note(() => `lost: a ${what} (${lost?.kind})`);
  }

  private tick(): void {
    const { random, world } = this;
    if (world.workflow.steady) {
      // So little that no call can time out: that would be another outcome.
      if ((this.ticks += 1) > STEADY_TICKS_MAX) return;
      world.now += random.below(500);
      if (world.model.out.size === 0 && random.chance(0.5)) world.now = Math.max(world.now, this.wake() ?? 0);
    } else {
      world.now = random.chance(0.5)
        ? Math.max(world.now, this.wake() ?? 0)
        : world.now + random.below(100_000);
    }
    world.note(() => `the time is ${new Date(world.now).toISOString()}`);
    world.ring();
  }

  /** One owner's clock jumps, forward or back. */
  private clock(): void {
    const { random, world } = this;
    const owner = random.pick(world.owners);
    const reachMs = world.workflow.steady ? 2_000 : 120_000;
    owner.skewMs = random.below(2 * reachMs) - reachMs;
    world.note(() => `the clock of ${owner.name} is ${owner.skewMs} ms off`);
  }

  private childEnds(): void {
    const { random, world } = this;
    const { running } = world.children;
    if (running.length > 0) world.endChild(random.pick(running));
  }

  private review(): void {
    const { random, world } = this;
    const [first] = world.model.openReviews;
    if (first === undefined) return;
    const approved = world.workflow.steady || random.chance(0.7);
    world.note(() => `a person ${approved ? 'approves' : 'rejects'} ${first}`);
    world.decideReview(first, approved);
  }

  private command(): void {
    const { random, world } = this;
    const kind = random.pick(['suspend', 'resume', 'resume', 'cancel'] as const);
    // A cancel ends the interesting part.
    if (kind === 'cancel' && (world.workflow.steady || random.chance(0.8))) return;
    world.note(() => `command: ${kind}`);
    world.command({ kind, by: 'ann' });
  }

  /** Somebody sends an event, to all or to this run, or one again. */
  private event(): void {
    const { random, world } = this;
    const type = random.pick(['go', 'a', 'b', 'stop', 'other']);
    if (!random.chance(0.15)) this.events += 1;
    const signal = random.chance(0.15);
    world.note(() => `the event e${this.events} ${type} is sent${signal ? ' to the run alone' : ''}`);
    this.send(type, { signal, n: 1 + random.below(2) });
  }

  private send(type: string, { signal, n }: { signal: boolean; n: number }): void {
    const event = { specversion: '1.0' as const, id: `e${this.events}`, source: 'test', type, data: { n } };
    this.world.accept(event, signal);
  }

  private wake(): number | null {
    const { state } = this.world;
    return state === null ? null : wakeAt(state);
  }

  /** The faults are over. The run must end: nothing that it needs may have been forgotten. */
  private calm(): void {
    const { world } = this;
    world.note(() => '-- from here on no faults --');
    world.calm = true;
    for (const owner of world.owners) owner.skewMs = 0;
    world.messages.length = 0;
    world.requests.length = 0;
    world.command({ kind: 'resume', by: 'ann' });
    world.sweep();
    for (let i = 0; !world.ended; i += 1) {
      assert.ok(i < CALM_STEPS_MAX, 'the run does not end');
      this.calmStep();
    }
  }

  private calmStep(): void {
    const { world } = this;
    const [owner] = world.owners as [(typeof world.owners)[number]];
    const message = world.messages.shift();
    if (message !== undefined) {
      world.turn(owner, [message]);
      return;
    }
    const call = world.requests.shift();
    if (call !== undefined) {
      world.messages.push(world.work(call));
      return;
    }
    const [review] = world.model.openReviews;
    if (review !== undefined) return world.decideReview(review, true);
    const child = world.model.children.awaiting.find((id) => world.children.isRunning(id));
    if (child !== undefined) return world.endChild(child);
    const wake = this.wake();
    // In turns, for a task between two events may wait for the time.
    this.eventIsNext = world.subscribed.length > 0 && (wake === null || !this.eventIsNext);
    if (this.eventIsNext) return this.sendWanted();
    assert.ok(wake !== null || world.model.out.size > 0, 'the run waits for nothing');
    if (world.model.out.size === 0) world.now = Math.max(world.now, wake as number);
    world.sweep();
  }

  /** What the run listens for comes, one type after the other. */
  private sendWanted(): void {
    const { subscribed } = this.world;
    const types = subscribed.includes('') ? ['go', 'a', 'b', 'stop'] : subscribed;
    this.events += 1;
    this.send(types[this.events % types.length] as string, { signal: false, n: 1 });
  }

  /** Whatever comes after the end changes nothing. */
  private afterwards(): void {
    const { world } = this;
    const { stateText } = world;
    const rows = world.rows.length;
    for (const owner of world.owners) {
      world.turn(owner, [{ kind: 'accepted' }, { kind: 'due' }, { kind: 'command' }]);
      for (const call of world.requests) world.turn(owner, [world.work(call)]);
    }
    for (const id of world.children.running) world.endChild(id);
    world.command({ kind: 'cancel', by: 'ann' });
    world.turn(world.owners[0] as never, world.messages);
    assert.equal(world.stateText, stateText, 'an ended run changed');
    assert.equal(world.rows.length, rows, 'the journal of an ended run grew');
  }

  /** A steady run comes to what the workflow says, with exactly the calls that it says. */
  private checkResult(): void {
    const { world } = this;
    const expected = interpret(world.workflow, INPUT);
    const { status, output, error } = world.state ?? {};
    const found = { status, ...(status === 'completed' ? { output } : { errorStatus: error?.status }) };
    const { attempts, children, ...result } = expected;
    assert.deepEqual(found, result);
    assert.equal(world.begun.size, attempts, 'attempts of calls');
    assert.equal(world.children.size, children, 'runs that were started');
  }
}

function describe(message: {
  kind: string;
  event?: { callId: string; attempt: number; outcome: object };
}): string {
  if (message.event === undefined) return message.kind;
  const { callId, attempt, outcome } = message.event;
  const { status, fate } = outcome as { status: string; fate?: string };
  return `${callId} ${attempt} ${fate ?? status}`;
}
