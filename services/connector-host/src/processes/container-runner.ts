import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { CallOutcome, CallRequest, ContainerCall } from '@tutti/contracts';
import type { Children } from './children.js';
import { childOutcome, notConfigured } from './process-outcome.js';

/** The commands of container engines, in the order in which they are looked for. */
const ENGINES = ['docker', 'podman'] as const;
/** What a client of an engine needs to find it. */
const CLIENT_VARIABLES =
  /^(PATH|HOME|USER|XDG_RUNTIME_DIR|TMPDIR|(DOCKER|CONTAINER|PODMAN)_\w+|SSH_AUTH_SOCK)$/;
/** How long the engine may take to end a container. */
const STOP_MS_MAX = 10_000;
const PULL = { ifNotPresent: 'missing', always: 'always', never: 'never' } as const;
/** What can be no option of the command line. */
const IMAGE = /^[A-Za-z0-9][\w.:@/+-]*$/;
const NAME = /^[A-Za-z0-9][\w.-]{0,252}$/;

/** The variables by which the engine is found, and by which its command finds the engine. */
export type EngineEnvironment = Readonly<Record<string, string | undefined>>;

/** Performs `run: container` with the engine whose command is found on the path. */
export async function runContainer(
  children: Children,
  { request, dueMs, engine: around }: { request: CallRequest; dueMs: number; engine: EngineEnvironment },
): Promise<CallOutcome> {
  const call = request.input as ContainerCall;
  const name = call.name ?? containerName(request);
  if (!IMAGE.test(call.image)) return notConfigured('container', `"${call.image}" is no name of an image.`);
  if (!NAME.test(name)) return notConfigured('container', `"${name}" is no name of a container.`);
  const engine = findEngine(around.PATH ?? '');
  if (engine === undefined) return notConfigured('container', NO_ENGINE);
  const environment = clientEnvironment(around);
  const client = (args: readonly string[], stdin = '') => ({
    file: engine,
    arguments: args,
    environment,
    stdin,
  });
  const result = await children.run(() => client(containerArguments(call, name), call.stdin), dueMs);
  // The client was ended, which the container does not notice.
  if ('stopped' in result && result.stopped !== 'unstartable')
    await children.run(() => client(removal(call, name)), performance.now() + STOP_MS_MAX);
  return childOutcome(request, { kind: 'container', wanted: call.return, result });
}

const NO_ENGINE =
  `No container engine is on the PATH of the connector host (looked for ${ENGINES.join(', ')}): install one ` +
  'there, or give the host a PATH that has it.';

/** `{workflow.name}-{uuid}.{workflow.namespace}-{task.name}`, as the specification recommends. */
function containerName({ workflow, taskName }: CallRequest): string {
  const name = `${workflow.name}-${randomUUID()}.${workflow.namespace}-${taskName}`;
  return name.replaceAll(/[^\w.-]/g, '-').slice(0, 200);
}

/** The command line of the engine, its own name left out. */
export function containerArguments(call: ContainerCall, name: string): string[] {
  const args = ['run', `--name=${name}`, `--pull=${PULL[call.pullPolicy]}`];
  if (call.cleanup === 'always') args.push('--rm');
  if (call.stdin !== undefined) args.push('--interactive');
  const pairs = (option: string, values: Record<string, string>, between: string) =>
    Object.entries(values).map(([left, right]) => `--${option}=${left}${between}${right}`);
  args.push(...pairs('env', call.environment, '='), ...pairs('publish', call.ports, ':'));
  args.push(...pairs('volume', call.volumes, ':'));
  if (call.command === undefined) return [...args, call.image, ...call.arguments];
  return [...args, '--entrypoint=sh', call.image, '-c', call.command, 'sh', ...call.arguments];
}

function removal({ cleanup }: ContainerCall, name: string): string[] {
  return cleanup === 'always' ? ['rm', '--force', name] : ['kill', name];
}

function findEngine(path: string): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const files = ENGINES.flatMap((engine) => folders.map((folder) => join(folder, engine)));
  return files.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function clientEnvironment(environment: EngineEnvironment): Record<string, string> {
  const entries = Object.entries(environment).filter(([name]) => CLIENT_VARIABLES.test(name));
  return Object.fromEntries(entries) as Record<string, string>;
}
