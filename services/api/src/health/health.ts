import { type Problem, problem } from '@tutti/contracts';

/** Null: it works. Else one sentence about what is wrong and what to do. */
export type HealthCheck = () => Promise<string | null> | string | null;

/** Something that does not work, with its name. */
export interface Failing {
  part: string;
  detail: string;
}

/** A part that has not answered after this long counts as one that does not work. */
const CHECK_MS_MAX = 3_000;

/**
 * Whether this process should get work (readiness) and whether it should go on living (liveness). Readiness
 * is about what the process needs from others: a database that is away makes it not ready, and starting it
 * again would help nobody. Liveness is about its own loops only.
 */
export class Health {
  readonly #needs = new Map<string, HealthCheck>();
  readonly #loops = new Map<string, HealthCheck>();

  /** `starting` and `draining` are not ready, whatever else works. */
  constructor(public state: 'starting' | 'ready' | 'draining' = 'starting') {}

  /** Adds something that the process cannot serve without. */
  needs(part: string, check: HealthCheck): this {
    this.#needs.set(part, check);
    return this;
  }

  /** Adds a loop of this process that only a new process can mend once it hangs. */
  lives(part: string, check: HealthCheck): this {
    this.#loops.set(part, check);
    return this;
  }

  /** What keeps the process from serving; empty: it is ready. */
  async unready(): Promise<Failing[]> {
    if (this.state !== 'ready') return [{ part: 'process', detail: `The process is ${this.state}.` }];
    return failuresOf(this.#needs);
  }

  /** Which loops hang; empty: it is alive. */
  dead(): Promise<Failing[]> {
    return failuresOf(this.#loops);
  }
}

/** The answer 503 that names everything that does not work. */
export function failingProblem(failing: readonly Failing[]): Problem {
  const detail = failing.map((one) => one.detail).join(' ');
  return problem('unavailable', detail, {
    errors: failing.map((one) => ({ ...one })),
  });
}

/** For databases: asks the simplest question there is. */
export function answers(database: { query(sql: string): Promise<unknown> }): HealthCheck {
  return () =>
    database.query('SELECT 1').then(
      () => null,
      () => 'The database does not answer.',
    );
}

async function failuresOf(checks: ReadonlyMap<string, HealthCheck>): Promise<Failing[]> {
  const details = await Promise.all([...checks].map(([part, check]) => inTime(part, check)));
  return [...checks.keys()].flatMap((part, i) => {
    const detail = details[i] ?? null;
    return detail === null ? [] : [{ part, detail }];
  });
}

async function inTime(part: string, check: HealthCheck): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`The ${part} does not answer.`), CHECK_MS_MAX);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return `The ${part} could not be asked: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}
