import { MISSING } from './children.js';
import { eventsOf } from './listens.js';
import { EXPRESSIONS, plannedOutcome, type List, type SimulatedWorkflow, type Task } from './workflows.js';

/** What a steady run comes to, and how many attempts of calls it makes. */
export interface Expected {
  status: 'completed' | 'faulted';
  /** Of a run that completes. */
  output?: unknown;
  /** Status of the error of a run that faults. */
  errorStatus?: number;
  attempts: number;
  /** How many runs of other workflows it starts. */
  children: number;
}

class Raised extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}
class Ended extends Error {
  constructor(readonly output: unknown) {
    super('the run ends here');
  }
}

/** Calls that no policy repeats. */
const DIRECT = new Set<unknown>(['http', 'openapi', 'mcp']);
const TURNS_MAX = 10_000;
const ATTEMPTS_OF_A_CAPABILITY = 3;
const statusOf = { transient: 503, permanent: 422 };

/**
 * The language as the specification describes it, in the plainest way: it calls itself, has no state to keep,
 * no time, no jq, and nothing in common with the engine.
 */
class Interpreter {
  attempts = 0;
  children = 0;
  private context: unknown = {};
  private readonly ordinals = new Map<string, number>();
  private turns = 0;

  constructor(private readonly workflow: SimulatedWorkflow) {}

  list(items: List, input: unknown, path: string): unknown {
    const names = items.map((item) => Object.keys(item)[0] as string);
    let value = input;
    let round = 0;
    for (let index = 0; index < items.length;) {
      if ((this.turns += 1) > TURNS_MAX) throw new Error('The workflow does not end');
      const name = names[index] as string;
      const task = (items[index] as Record<string, Task>)[name] as Task;
      const { output, then } = this.task(task, { name, value, path: `${path}/${name}#${round}` });
      value = output;
      if (then === 'exit') break;
      if (then === 'end') throw new Ended(value);
      const next = then === 'continue' ? index + 1 : names.indexOf(then);
      if (next <= index) round += 1;
      index = next;
    }
    return value;
  }

  task(
    task: Task,
    { name, value, path }: { name: string; value: unknown; path: string },
  ): { output: unknown; then: string } {
    if (task.if !== undefined && this.evaluate(task.if, value, value) !== true)
      return { output: value, then: 'continue' };
    const from = (task.input as { from?: string } | undefined)?.from;
    const input = from === undefined ? value : this.evaluate(from, value, value);
    const { raw, then } = this.perform(task, { name, input, path });
    const as = (task.output as { as?: string } | undefined)?.as;
    const output = as === undefined ? raw : this.evaluate(as, raw, input);
    const exported = (task.export as { as?: string } | undefined)?.as;
    if (exported !== undefined) this.context = this.evaluate(exported, output, input);
    return { output, then: then ?? (task.then as string | undefined) ?? 'continue' };
  }

  evaluate(source: unknown, value: unknown, input: unknown): unknown {
    const expression = EXPRESSIONS[source as string];
    if (expression === undefined) throw new Error(`The interpreter does not know ${String(source)}`);
    return expression(value, { context: this.context, input });
  }

  private perform(
    task: Task,
    { name, input, path }: { name: string; input: unknown; path: string },
  ): { raw: unknown; then?: string } {
    if ('set' in task) return { raw: this.evaluate(task.set, input, input) };
    if ('wait' in task) return { raw: input };
    if ('emit' in task) return { raw: null };
    if ('raise' in task) throw new Raised((task.raise as { error: { status: number } }).error.status);
    if ('switch' in task) return { raw: input, ...this.choose(task.switch as List, input) };
    if ('call' in task) return { raw: this.call(task, { name, input, path }) };
    if ('run' in task) return { raw: this.run(task, { name, input, path }) };
    if ('for' in task) return { raw: this.loop(task, input, path) };
    if ('listen' in task) return { raw: this.listen(task, input, path) };
    if ('do' in task) return { raw: this.list(task.do as List, input, path) };
    if ('fork' in task)
      return { raw: this.branches((task.fork as { branches: List }).branches, input, path) };
    return { raw: this.attempt(task, input, path) };
  }

  private choose(cases: List, input: unknown): { then?: string } {
    for (const item of cases) {
      const [{ when, then }] = Object.values(item) as [{ when?: string; then: string }];
      if (when === undefined || this.evaluate(when, input, input) === true) return { then };
    }
    return {};
  }

  private call(task: Task, { name, input, path }: { name: string; input: unknown; path: string }): unknown {
    if (task.call === 'human.review:1@default') return { data: (task.with as { data: unknown }).data };
    if (task.call === 'twice') {
      const { twice } = this.workflow.document.use.functions;
      return this.list((twice as { do: List }).do, input, path);
    }
    for (let count = 1; ; count += 1) {
      const ordinal = (this.ordinals.get(path) ?? 0) + 1;
      this.ordinals.set(path, ordinal);
      this.attempts += 1;
      const outcome = plannedOutcome(this.workflow, name, ordinal);
      if ('output' in outcome) return outcome.output;
      const again =
        outcome.fails === 'transient' && !DIRECT.has(task.call) && count < ATTEMPTS_OF_A_CAPABILITY;
      if (!again) throw new Raised(statusOf[outcome.fails]);
    }
  }

  private run(task: Task, { name, input, path }: { name: string; input: unknown; path: string }): unknown {
    const run = task.run as { workflow: { name: string }; await?: boolean };
    if (run.workflow.name === MISSING) throw new Raised(400);
    const ordinal = (this.ordinals.get(path) ?? 0) + 1;
    this.ordinals.set(path, ordinal);
    this.children += 1;
    if (run.await === false) return input;
    const outcome = plannedOutcome(this.workflow, name, ordinal);
    if ('output' in outcome) return outcome.output;
    throw new Raised(statusOf[outcome.fails]);
  }

  private loop(task: Task, input: unknown, path: string): unknown {
    let value = input;
    const items = this.evaluate((task.for as { in: string }).in, input, input) as unknown[];
    for (const turn of items.keys()) {
      if (task.while !== undefined && this.evaluate(task.while, value, value) !== true) break;
      value = this.list(task.do as List, value, `${path}[${turn}]`);
    }
    return value;
  }

  /** How many events came is all that the workflows of the simulation look at. */
  private listen(task: Task, input: unknown, path: string): unknown[] {
    const events = Array.from({ length: eventsOf(task) }, () => ({}));
    const each = task.foreach as { do: List } | undefined;
    if (each !== undefined) for (const turn of events.keys()) this.list(each.do, input, `${path}[${turn}]`);
    return events;
  }

  private branches(branches: List, input: unknown, path: string): unknown[] {
    return branches.map((item) => {
      const [[name, task]] = Object.entries(item) as [[string, Task]];
      return this.task(task, { name, value: input, path: `${path}/${name}` }).output;
    });
  }

  private attempt(task: Task, input: unknown, path: string): unknown {
    const clause = task.catch as { errors?: { with: { status: number } }; retry?: unknown; do?: List };
    for (let retries = 0; ; retries += 1) {
      try {
        return this.list(task.try as List, input, path);
      } catch (thrown) {
        if (!(thrown instanceof Raised)) throw thrown;
        if (clause.errors !== undefined && clause.errors.with.status !== thrown.status) throw thrown;
        if (clause.retry !== undefined && retries < 2) continue;
        if (clause.do !== undefined) return this.list(clause.do, input, path);
        if (clause.retry !== undefined) throw thrown;
        return input;
      }
    }
  }
}

/** What a steady workflow comes to. */
export function interpret(workflow: SimulatedWorkflow, input: unknown): Expected {
  const interpreter = new Interpreter(workflow);
  const { document } = workflow;
  try {
    let output: unknown;
    try {
      output = interpreter.list(document.do, input, '');
    } catch (thrown) {
      if (!(thrown instanceof Ended)) throw thrown;
      ({ output } = thrown);
    }
    if (document.output !== undefined) output = interpreter.evaluate(document.output.as, output, output);
    return { status: 'completed', output, attempts: interpreter.attempts, children: interpreter.children };
  } catch (thrown) {
    if (!(thrown instanceof Raised)) throw thrown;
    return {
      status: 'faulted',
      errorStatus: thrown.status,
      attempts: interpreter.attempts,
      children: interpreter.children,
    };
  }
}
