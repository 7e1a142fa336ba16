import type { ContainerCall, Effect, ProcessKind, ScriptLanguage, ShellCall } from '@tutti/contracts';
import { inside, type Compilation, type Place } from './compilation.js';
import { compileAuthorization } from './compile-authorization.js';
import { compileEndpoint } from './compile-endpoint.js';
import type { CompiledTask, CompiledTemplate, ProcessTask, VariableSource } from './compiled.types.js';
import { taskHints } from './hints.js';
import { processArguments, processMap, processText, textOf } from './process-values.js';
import { scriptLanguage, scriptProblem } from './script-syntax.js';
import { compileCommand } from './shell-command.js';
import { unsupported, type TaskJob } from './task-job.js';

interface ProcessDefinition {
  arguments?: string[];
  environment?: Record<string, unknown>;
  stdin?: string;
}
interface ScriptDefinition extends ProcessDefinition {
  language: string;
  code?: string;
  source?: { endpoint: unknown };
}
interface ShellDefinition extends ProcessDefinition {
  command: string;
}
interface ContainerDefinition extends ProcessDefinition {
  image: string;
  name?: string;
  command?: string;
  ports?: Record<string, unknown>;
  volumes?: Record<string, unknown>;
  pullPolicy?: ContainerCall['pullPolicy'];
  lifetime?: { cleanup: ContainerCall['cleanup']; after?: unknown };
}
interface RunDefinition {
  script?: ScriptDefinition;
  shell?: ShellDefinition;
  container?: ContainerDefinition;
  await?: boolean;
  return?: ShellCall['return'];
}

/** Evaluates a part of a call. */
type Part = (input: unknown, variables: VariableSource) => object;

/** Compiles `run: script`, `run: shell` and `run: container`. */
export function compileProcess(job: TaskJob): CompiledTask {
  const run = job.definition.run as RunDefinition;
  if (run.await === false) {
    const reason = "its end would be nobody's: put the task into a branch of a fork";
    return unsupported(job, `"await: false" is not supported for processes, because ${reason}`);
  }
  const place = inside(job.place, 'run');
  if (run.script) return compileScript(job, run.script, inside(place, 'script'));
  if (run.shell) return compileShell(job, run.shell, inside(place, 'shell'));
  if (run.container) return compileContainer(job, run.container, inside(place, 'container'));
  return unsupported(job, 'Tasks of type run are not supported yet');
}

/** What a repeat of a process would do: a script can change nothing, of the others nobody knows. */
const EFFECTS: Record<ProcessKind, Effect> = { script: 'read', shell: 'write', container: 'write' };

function processTask(job: TaskJob, kind: ProcessKind, parts: readonly Part[]): ProcessTask {
  const { return: wanted = 'stdout' } = job.definition.run as RunDefinition;
  const call: CompiledTemplate = {
    constant: false,
    evaluate: (input, variables) =>
      Object.assign({}, ...parts.map((part) => part(input, variables)), { return: wanted }),
  };
  const effect = taskHints(job.definition).effect ?? EFFECTS[kind];
  return { ...job.common, type: 'call', target: { kind }, process: { call, effect } };
}

/** What all processes are given; `more` are variables of the environment beside the declared ones. */
function given(
  compilation: Compilation,
  definition: ProcessDefinition,
  { place, more = {} }: { place: Place; more?: Readonly<Record<string, CompiledTemplate>> },
): Part {
  const args = compilation.template(definition.arguments ?? [], inside(place, 'arguments'));
  const environment = compilation.template(definition.environment ?? {}, inside(place, 'environment'));
  const { stdin: text } = definition;
  const stdin = text === undefined ? undefined : compilation.template(text, inside(place, 'stdin'));
  return (input, variables) => ({
    arguments: processArguments(args.evaluate(input, variables)),
    environment: {
      ...processMap(environment.evaluate(input, variables)),
      ...Object.fromEntries(
        Object.entries(more).map(([name, value]) => [name, processText(value.evaluate(input, variables))]),
      ),
    },
    ...(stdin && { stdin: processText(stdin.evaluate(input, variables)) }),
  });
}

function compileScript(job: TaskJob, definition: ScriptDefinition, place: Place): CompiledTask {
  const { compilation } = job;
  const language = scriptLanguage(definition.language);
  if (language === undefined) {
    const message = `Scripts in "${definition.language}" are not supported: the language is javascript`;
    const task = unsupported(job, message);
    compilation.fix('Write it in JavaScript, or run it with `run: container`.');
    return task;
  }
  const parts = [
    given(compilation, definition, { place }),
    codeOf(compilation, definition, { language, place }),
  ];
  return processTask(job, 'script', parts);
}

/** The code as it is written: `${ }` in it is JavaScript, no expression. */
function codeOf(
  compilation: Compilation,
  { code, source }: ScriptDefinition,
  { language, place }: { language: ScriptLanguage; place: Place },
): Part {
  if (code !== undefined) {
    const problem = scriptProblem(code);
    if (problem !== undefined) compilation.error('script-syntax', `${place.pointer}/code`, problem);
    return () => ({ language, code });
  }
  const at = inside(place, 'source/endpoint');
  const uri = compileEndpoint(compilation, source?.endpoint, at);
  const authorization = compileAuthorization(compilation, source?.endpoint, at);
  return (input, variables) => ({
    language,
    source: {
      uri: textOf(uri.evaluate(input, variables), 'address of the script'),
      ...(authorization && { authorization: authorization.evaluate(input, variables) }),
    },
  });
}

function compileShell(job: TaskJob, definition: ShellDefinition, place: Place): CompiledTask {
  const { compilation } = job;
  const { text, variables: more } = compileCommand(compilation, definition.command, inside(place, 'command'));
  const command: Part = (input, variables) => ({ command: text.evaluate(input, variables) });
  return processTask(job, 'shell', [given(compilation, definition, { place, more }), command]);
}

function compileContainer(job: TaskJob, definition: ContainerDefinition, place: Place): CompiledTask {
  const { compilation } = job;
  const { lifetime, pullPolicy = 'ifNotPresent' } = definition;
  const removeAfterMs = compileRemoval(compilation, lifetime, inside(place, 'lifetime'));
  const template = (key: 'image' | 'name' | 'ports' | 'volumes') =>
    compilation.template(definition[key] ?? null, inside(place, key));
  const [image, name, ports, volumes] = [
    template('image'),
    template('name'),
    template('ports'),
    template('volumes'),
  ];
  const { command } = definition;
  const line =
    command === undefined ? undefined : compileCommand(compilation, command, inside(place, 'command'));
  const container: Part = (input, variables) => ({
    image: textOf(image.evaluate(input, variables), 'image'),
    ...(definition.name !== undefined && { name: textOf(name.evaluate(input, variables), 'name') }),
    ...(line && { command: line.text.evaluate(input, variables) }),
    ports: processMap(ports.evaluate(input, variables)),
    volumes: processMap(volumes.evaluate(input, variables)),
    pullPolicy,
    cleanup: lifetime?.cleanup ?? 'never',
    ...removeAfterMs(input, variables),
  });
  const { variables: more = {} } = line ?? {};
  return processTask(job, 'container', [given(compilation, definition, { place, more }), container]);
}

/** How long a container is kept that has ended, where it is removed `eventually`; then `after` is there. */
function compileRemoval(
  compilation: Compilation,
  lifetime: ContainerDefinition['lifetime'],
  place: Place,
): Part {
  if (lifetime?.cleanup !== 'eventually') return () => ({});
  const after = compilation.duration(lifetime.after, inside(place, 'after'));
  return (input, variables) => ({ removeAfterMs: after.evaluateMs(input, variables) });
}
