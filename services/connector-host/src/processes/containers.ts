import { randomUUID } from 'node:crypto';
import type { CallOutcome, CallRequest, ContainerCall } from '@tutti/contracts';
import { LIMITS } from '../limits.js';
import { Children } from './children.js';
import { containerArguments, type ContainerOwner, LABELS } from './container-arguments.js';
import { ContainerEngine, type EngineEnvironment, NO_ENGINE } from './container-engine.js';
import { childOutcome, notConfigured } from './process-outcome.js';

/** What can be no option of the command line. */
const IMAGE = /^[A-Za-z0-9][\w.:@/+-]*$/;
const NAME = /^[A-Za-z0-9][\w.-]{0,252}$/;
const STOP_SECONDS = String(LIMITS.containerStopMs / 1_000);
/** Containers that are looked at with one command. */
const INSPECTED_AT_ONCE = 32;
/** States in which a container of a host that is dead is nobody's. */
const UNDER_WAY = ['created', 'running', 'paused', 'restarting'];
const ENDED = ['exited', 'dead'];

interface ContainersParts {
  children: Children;
  engine: EngineEnvironment;
  owner: ContainerOwner;
}

/** As far as `inspect` is read. */
interface Inspected {
  Id: string;
  State: { FinishedAt?: string };
  Config: { Labels?: Record<string, string> | null };
}

/** Performs `run: container` with the engine whose command is found on the path, and clears up behind it. */
export class Containers {
  readonly #parts: ContainersParts;
  /** The engine is spoken with also when the calls have been ended. */
  readonly #clearing = new Children();
  readonly #running = new Set<Promise<unknown>>();

  constructor(parts: ContainersParts) {
    this.#parts = parts;
  }

  /** Never rejects. The container has ended when it resolves, as far as the engine ends it. */
  run(request: CallRequest, dueMs: number): Promise<CallOutcome> {
    const running = this.#run(request, dueMs).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /**
   * Ends what hosts left running that live no more, and removes what was to be kept for a while only.
   * `living`: the hosts of the installation that live, as they name themselves.
   */
  async clear(living: ReadonlySet<string>): Promise<void> {
    const engine = ContainerEngine.find(this.#parts.engine);
    if (engine === null) return;
    for (const { Id, Config } of await this.#list(engine, UNDER_WAY)) {
      const { [LABELS.host]: host = '', [LABELS.cleanup]: cleanup = 'never' } = Config.Labels ?? {};
      if (!living.has(host)) await this.#stop(engine, Id, cleanup);
    }
    for (const container of await this.#list(engine, ENDED))
      if (isDue(container)) await this.#ask(engine, ['rm', '--force', container.Id]);
  }

  /** Waits until the containers have ended whose calls were ended before. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
    await this.#clearing.close();
  }

  async #run(request: CallRequest, dueMs: number): Promise<CallOutcome> {
    const call = request.input as ContainerCall;
    const name = call.name ?? containerName(request);
    if (!IMAGE.test(call.image)) return notConfigured('container', `"${call.image}" is no name of an image.`);
    if (!NAME.test(name)) return notConfigured('container', `"${name}" is no name of a container.`);
    const engine = ContainerEngine.find(this.#parts.engine);
    if (engine === null) return notConfigured('container', NO_ENGINE);
    const { children, owner } = this.#parts;
    const args = containerArguments(call, { name, owner });
    const result = await engine.run(children, { arguments: args, stdin: call.stdin, dueMs });
    // The client was ended, which the container does not notice.
    if ('stopped' in result && result.stopped !== 'unstartable') {
      if (result.stopped === 'closed') await this.#stop(engine, name, call.cleanup);
      else await this.#ask(engine, removal(call, name));
    }
    return childOutcome(request, { kind: 'container', wanted: call.return, result });
  }

  /** SIGTERM, and SIGKILL after a moment. */
  async #stop(engine: ContainerEngine, id: string, cleanup: string): Promise<void> {
    await this.#ask(engine, ['stop', '-t', STOP_SECONDS, id]);
    if (cleanup === 'always') await this.#ask(engine, ['rm', '--force', id]);
  }

  async #list(engine: ContainerEngine, states: readonly string[]): Promise<Inspected[]> {
    const label = `label=${LABELS.installation}=${this.#parts.owner.installation}`;
    const filters = [label, ...states.map((state) => `status=${state}`)].map((one) => `--filter=${one}`);
    const listed = await this.#ask(engine, ['ps', '--all', '--quiet', '--no-trunc', ...filters]);
    const ids = listed.split('\n').filter((line) => line !== '');
    const found: Inspected[] = [];
    for (let from = 0; from < ids.length; from += INSPECTED_AT_ONCE) {
      const told = await this.#ask(engine, ['inspect', ...ids.slice(from, from + INSPECTED_AT_ONCE)]);
      found.push(...inspectedIn(told));
    }
    return found;
  }

  /** What the engine answers; nothing when it does not. Then the next look finds the container again. */
  async #ask(engine: ContainerEngine, args: readonly string[]): Promise<string> {
    const dueMs = performance.now() + LIMITS.containerStopMsMax;
    const result = await engine.run(this.#clearing, { arguments: args, dueMs });
    return 'stopped' in result ? '' : result.stdout;
  }
}

/** Of containers that have gone meanwhile `inspect` tells nothing. */
function inspectedIn(text: string): Inspected[] {
  try {
    return JSON.parse(text) as Inspected[];
  } catch {
    return [];
  }
}

/** Whether a container has been kept for as long as its task says. */
function isDue({ State, Config }: Inspected): boolean {
  const afterMs = Number(Config.Labels?.[LABELS.removeAfterMs]);
  return Date.parse(State.FinishedAt ?? '') + afterMs <= Date.now();
}

/** `{workflow.name}-{uuid}.{workflow.namespace}-{task.name}`, as the specification recommends. */
function containerName({ workflow, taskName }: CallRequest): string {
  const name = `${workflow.name}-${randomUUID()}.${workflow.namespace}-${taskName}`;
  return name.replaceAll(/[^\w.-]/g, '-').slice(0, 200);
}

function removal({ cleanup }: ContainerCall, name: string): string[] {
  return cleanup === 'always' ? ['rm', '--force', name] : ['kill', name];
}
