import type { HttpCall, OpenApiCall } from '@tutti/contracts';
import { CLOCK_VARIABLE, type CompiledTask, type ExtensionTask, type VariableSource } from '@tutti/workflow';
import { describeSecrets } from './secrets.js';
import type { ExtensionNode, ForNode, TaskNode } from './state.types.js';
import { rawInput, taskInput } from './tree.js';
import type { Frame, StartRequest, Turn } from './turn.types.js';

/** What `$runtime` says. */
export const RUNTIME = Object.freeze({ name: 'tutti', version: '0.1.0', metadata: {} });

/** A task instance while it is worked on: its values, and the variables of its expressions. */
export class TaskScope implements VariableSource {
  readonly turn: Turn;
  readonly task: CompiledTask;
  readonly parent: Frame;
  readonly slot: number;
  readonly raw: unknown;
  readonly inherits: boolean;
  readonly since: number;
  /** Undefined when it is the task's pointer. */
  readonly instance: string | undefined;
  /** Transformed input. */
  input: unknown;
  rawOutput: unknown = null;
  output: unknown = null;

  constructor(turn: Turn, request: StartRequest, at: { instance: string | undefined; since: number }) {
    this.turn = turn;
    this.task = request.task;
    this.parent = request.parent;
    this.slot = request.slot;
    this.raw = request.input;
    this.inherits = request.inherits;
    this.input = request.input;
    this.since = at.since;
    this.instance = at.instance;
  }

  get position(): string {
    return this.instance ?? this.task.pointer;
  }

  /** What every journal entry of a task has. */
  get of(): { task: string; name: string; position: string; at: number } {
    return { task: this.task.pointer, name: this.task.name, position: this.position, at: this.turn.now };
  }

  variable(name: string): unknown {
    switch (name) {
      case 'context':
        return this.turn.state.context;
      case 'input':
        return this.input;
      case 'output':
        return this.output;
      case 'secrets':
        return describeSecrets(this.turn.definition, this.turn.state);
      case 'authorization':
        return authorizationOf(this.parent, this.slot);
      case 'task':
        return this.describeTask();
      case 'workflow':
        return describeWorkflow(this.turn);
      case 'runtime':
        return RUNTIME;
      case CLOCK_VARIABLE:
        return this.turn.now / 1000;
      default:
        return loopVariable(this.parent, name, this.turn);
    }
  }

  private describeTask(): Record<string, unknown> {
    const { task, raw, since } = this;
    if (task.type === 'extension') return describeExtended(task, { input: raw, output: null, since });
    const around = extensionAround(this.parent);
    if (around !== undefined) {
      const { output = null, since: began } = around.node as ExtensionNode;
      const input = rawInput(around, this.turn.state);
      return describeExtended(around.task as ExtensionTask, { input, output, since: began });
    }
    return {
      name: this.task.name,
      reference: this.task.pointer,
      definition: this.task.definition,
      input: this.raw,
      output: this.rawOutput,
      startedAt: describeTime(this.since),
    };
  }
}

/** The extension before or after whose task a frame stands, the nearest one. */
function extensionAround(frame: Frame): Frame | undefined {
  for (let at: Frame | null = frame; at !== null; at = at.parent) {
    if (at.node.type === 'extension') return at.node.phase === 'task' ? undefined : at;
  }
  return undefined;
}

/** `$task` of an extension: the task that it extends, with that task's own keywords (`call`, `with`). */
function describeExtended(
  { definition, of }: ExtensionTask,
  { input, output, since }: { input: unknown; output: unknown; since: number },
): Record<string, unknown> {
  const { name, pointer: reference } = of;
  return { ...definition, name, reference, definition, input, output, startedAt: describeTime(since) };
}

/** The scope of a task that is active already. */
export function scopeOf(turn: Turn, frame: Frame): TaskScope {
  const { node, task, slot } = frame;
  const parent = frame.parent as Frame;
  const input = rawInput(frame, turn.state);
  const request = { parent, task, input, inherits: node.input === undefined, slot };
  const scope = new TaskScope(turn, request, { instance: node.position, since: node.since });
  scope.input = taskInput(frame, turn.state);
  return scope;
}

/**
 * The variables inside a task (`$item` of a loop, `$error` of a catch), as a condition of the task itself
 * sees them.
 */
export function innerVariables(turn: Turn, frame: Frame): VariableSource {
  const scope = scopeOf(turn, frame);
  return { variable: (name) => ownVariable(frame, name, turn)?.value ?? scope.variable(name) };
}

/** `$workflow`. */
export function describeWorkflow(turn: Turn): Record<string, unknown> {
  const { run, input } = turn.state;
  return {
    id: run.id,
    definition: turn.definition.workflow.document,
    input,
    startedAt: describeTime(run.startedAt),
  };
}

/** A time as the DSL describes it. */
export function describeTime(ms: number): Record<string, unknown> {
  return {
    iso8601: new Date(ms).toISOString(),
    epoch: { seconds: Math.floor(ms / 1000), milliseconds: ms },
  };
}

function loopVariable(frame: Frame | null, name: string, turn: Turn): unknown {
  for (let at = frame; at !== null; at = at.parent) {
    const found = ownVariable(at, name, turn);
    if (found !== undefined) return found.value;
  }
  return null;
}

function ownVariable(frame: Frame, name: string, turn: Turn): { value: unknown } | undefined {
  const { task, node } = frame;
  if (task.type === 'for' && node.type === 'for') {
    if (name === task.each) return { value: itemsOf(frame, turn)[node.turn] ?? null };
    if (name === task.at) return { value: node.turn };
  }
  if (task.type === 'listen' && node.type === 'listen' && task.foreach !== undefined) {
    if (name === task.foreach.item) return { value: node.item ?? null };
    if (name === task.foreach.at) return { value: node.turn };
  }
  if (task.type === 'try' && node.type === 'try' && node.phase === 'catch' && name === task.catch.as) {
    return { value: node.error ?? null };
  }
  return undefined;
}

/** Names of the variables that a task gives to what is inside of it: those that `ownVariable` knows. */
export function ownNames({ task, node }: Frame): string[] {
  if (task.type === 'for') return [task.each, task.at];
  if (task.type === 'listen' && task.foreach !== undefined) return [task.foreach.item, task.foreach.at];
  return task.type === 'try' && node.type === 'try' && node.phase === 'catch' ? [task.catch.as] : [];
}

/**
 * Collections by the input they came from: a loop that blocks in every turn would read its collection again
 * each time.
 */
const collections = new WeakMap<object, WeakMap<CompiledTask, unknown[]>>();

/** The collection of a loop: stored, or derived from the input again. */
export function itemsOf(frame: Frame, turn: Turn): unknown[] {
  const stored = (frame.node as ForNode).items;
  if (stored !== undefined) return stored;
  const input = taskInput(frame, turn.state);
  if (typeof input !== 'object' || input === null) return deriveItems(frame, turn, input);
  const known = collections.get(input)?.get(frame.task);
  if (known !== undefined) return known;
  const items = deriveItems(frame, turn, input);
  const byTask = collections.get(input) ?? new WeakMap<CompiledTask, unknown[]>();
  collections.set(input, byTask.set(frame.task, items));
  return items;
}

function deriveItems(frame: Frame, turn: Turn, input: unknown): unknown[] {
  if (frame.task.type !== 'for') return [];
  const items = frame.task.in.evaluate(input, scopeOf(turn, frame));
  return Array.isArray(items) ? items : [];
}

/** `$authorization` of an http or OpenAPI call that is under way or just ended. */
function authorizationOf(parent: Frame, slot: number): unknown {
  const node = childAt(parent, slot);
  if (node?.type !== 'call' || node.target.kind === 'capability') return null;
  const header =
    node.target.kind === 'http'
      ? (node.call as HttpCall).headers?.authorization
      : (node.call as OpenApiCall).authorization;
  // Of other credentials the host makes a header, which nobody else sees.
  if (typeof header !== 'string') return null;
  const space = header.indexOf(' ');
  return { scheme: header.slice(0, space), parameter: header.slice(space + 1) };
}

function childAt(parent: Frame, slot: number): TaskNode | undefined {
  if (parent.node.type === 'fork') return parent.node.branches[slot]?.node;
  return 'child' in parent.node ? parent.node.child : undefined;
}
