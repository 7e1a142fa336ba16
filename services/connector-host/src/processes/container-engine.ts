import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ProcessResult } from '@tutti/contracts';
import type { Children, ChildSpec, ChildStopped } from './children.js';

/** The commands of container engines, in the order in which they are looked for. */
const ENGINES = ['docker', 'podman'] as const;
/** What a client of an engine needs to find it. */
const CLIENT_VARIABLES =
  /^(PATH|HOME|USER|XDG_RUNTIME_DIR|TMPDIR|(DOCKER|CONTAINER|PODMAN)_\w+|SSH_AUTH_SOCK)$/;

/** The variables by which the engine is found, and by which its command finds the engine. */
export type EngineEnvironment = Readonly<Record<string, string | undefined>>;

export const NO_ENGINE =
  `No container engine is on the PATH of the connector host (looked for ${ENGINES.join(', ')}): install one ` +
  'there, or give the host a PATH that has it.';

/** The command of an engine on this machine. */
export class ContainerEngine {
  readonly #file: string;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(file: string, around: EngineEnvironment) {
    const entries = Object.entries(around).filter(([name]) => CLIENT_VARIABLES.test(name));
    this.#file = file;
    this.#environment = Object.fromEntries(entries) as Record<string, string>;
  }

  /** The first engine on the path, or null. */
  static find(around: EngineEnvironment): ContainerEngine | null {
    const folders = (around.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
    const files = ENGINES.flatMap((engine) => folders.map((folder) => join(folder, engine)));
    const file = files.find(isExecutable);
    return file === undefined ? null : new ContainerEngine(file, around);
  }

  /** Runs a command line of the engine, its own name left out, until `dueMs` of `performance.now()`. */
  run(
    children: Children,
    { arguments: given, stdin = '', dueMs }: { arguments: readonly string[]; stdin?: string; dueMs: number },
  ): Promise<ProcessResult | ChildStopped> {
    const spec: ChildSpec = { file: this.#file, arguments: given, environment: this.#environment, stdin };
    return children.run(() => spec, dueMs);
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
