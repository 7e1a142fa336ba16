import { RUN_ENDED } from '@tutti/contracts';
import { canonicalJson, type CompiledTask } from '@tutti/workflow';
import { displacedTask } from './displaced-task.js';
import type { RunDefinition } from './engine.types.js';
import { counterpart, listIn } from './migrated-tree.js';
import { mayComeAgain } from './open-writes.js';
import type { RunState, TaskNode } from './state.types.js';
import { childrenOf, positionOf } from './tree.js';

/**
 * Why a run stays on its version: the instance of the task, empty for the run itself, and the end of a
 * sentence.
 */
export interface Block {
  position: string;
  reason: string;
}

interface Pair {
  from: CompiledTask;
  to: CompiledTask;
}

/** Why a run cannot go on with another version; empty: it can. */
export function migrationBlocks(state: RunState, from: RunDefinition, to: RunDefinition): Block[] {
  const blocks = ofRun(state, from, to);
  if (state.root === undefined) return blocks;
  const walk = (node: TaskNode, pair: Pair) => {
    const reason = ofTask(node, pair, { from, to });
    if (reason !== undefined) blocks.push({ position: positionOf(node), reason });
    if (reason === undefined) for (const inside of childrenOf(node)) follow(node, pair, inside);
  };
  const follow = (node: TaskNode, pair: Pair, { child, slot }: { child: TaskNode; slot: number }) => {
    const task = from.workflow.tasks.get(child.task) as CompiledTask;
    const other = counterpart(node, { node: child, task, slot }, pair);
    if (other === undefined)
      blocks.push({ position: positionOf(child), reason: 'is active, and not in the new version' });
    else walk(child, { from: task, to: other });
  };
  walk(state.root, { from: from.workflow.root, to: to.workflow.root });
  return blocks;
}

function ofRun(state: RunState, from: RunDefinition, to: RunDefinition): Block[] {
  const block = (reason: string) => [{ position: '', reason }];
  if (RUN_ENDED.has(state.status)) return block(`is ${state.status}`);
  if (from.identity.versionId === to.identity.versionId) return block('is on this version already');
  const [broken] = to.workflow.input.check?.(state.input) ?? [];
  if (broken !== undefined)
    return block(`has an input that the new version refuses: ${broken.pointer || 'it'} ${broken.detail}`);
  const fromOf = ({ workflow }: RunDefinition) => canonicalJson(workflow.document.input?.from ?? null);
  return fromOf(from) === fromOf(to) ? [] : block('began with another input.from');
}

function ofTask(
  node: TaskNode,
  { from, to }: Pair,
  definitions: { from: RunDefinition; to: RunDefinition },
): string | undefined {
  const type = node.type === 'parked' ? node.of : node.type;
  if (to.type !== type) return `is active, and of another type in the new version (${to.type}, not ${type})`;
  // Its input was not looked at yet: it begins as the new version has it.
  if (node.type === 'parked') return undefined;
  if (!same(from.definition.input, to.definition.input)) return 'is active, and its input differs';
  switch (node.type) {
    case 'do':
    case 'wait':
    case 'review':
      return undefined;
    case 'for':
      return same(loopOf(from), loopOf(to)) ? undefined : 'is at work, and loops in another way';
    case 'try':
      return ofTry(node, { from, to });
    case 'fork':
      return same(branchesOf(from), branchesOf(to)) ? undefined : 'is at work, and has other branches';
    case 'call':
      return ofCall(node, { from, to });
    case 'function':
      return from.type === 'function' && to.type === 'function' && from.task.pointer === to.task.pointer
        ? undefined
        : 'is at work, and calls another function';
    default:
      return ofOther({ from, to }, definitions);
  }
}

function ofTry(node: Extract<TaskNode, { type: 'try' }>, { from, to }: Pair): string | undefined {
  if (from.type !== 'try' || to.type !== 'try') return 'is no try in the new version';
  if (node.phase === 'catch' && (listIn(node, to) === undefined || from.catch.as !== to.catch.as))
    return 'handles an error, and does so in another way in the new version';
  if (node.phase === 'delay' && to.catch.retry === undefined)
    return 'waits for a retry that the new version does not make';
  if (node.gaveUp && mayComeAgain(to, node))
    return 'gave up a write of which nobody knows whether it happened, and the new version may make it again';
  // A retry comes to all of its tasks again. Writes, and those that were given up, are known by their
  // positions: at another one a write that was made would be made again, with a new key.
  const isRepeated = node.phase !== 'catch' && to.catch.retry !== undefined;
  const displaced = isRepeated || node.open !== undefined ? displacedTask(from.list, to.list) : undefined;
  return displaced === undefined
    ? undefined
    : `may run its tasks again, and ${displaced.pointer} is not at the same place, or of another type, in the ` +
        'new version: a write that was made could be made again';
}

function ofCall(node: Extract<TaskNode, { type: 'call' }>, { from, to }: Pair): string | undefined {
  if (node.phase === 'out') return 'has a call outstanding: wait for its answer';
  const targetOf = (task: CompiledTask) => ('target' in task ? task.target : null);
  return same(targetOf(from), targetOf(to)) ? undefined : 'is active, and calls something else';
}

/** What is known of no closer rule stays where it is and as it is. */
function ofOther(
  { from, to }: Pair,
  definitions: { from: RunDefinition; to: RunDefinition },
): string | undefined {
  const extensionsOf = ({ workflow }: RunDefinition) => workflow.document.use?.extensions;
  const isSame =
    from.pointer === to.pointer &&
    same(from.definition, to.definition) &&
    same(extensionsOf(definitions.from), extensionsOf(definitions.to));
  return isSame ? undefined : `is at work as ${from.type}, and differs in the new version`;
}

/** What a loop does with its collection, without the tasks in it. */
function loopOf({ definition }: CompiledTask): unknown {
  const { for: loop, while: condition } = definition as { for?: unknown; while?: unknown };
  return { loop, condition };
}

function branchesOf(task: CompiledTask): unknown {
  return task.type === 'fork'
    ? { compete: task.compete, names: task.list.tasks.map(({ name }) => name) }
    : null;
}

function same(one: unknown, other: unknown): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}
