import { compile, JqLimitError, JqRuntimeError, JqSyntaxError, type JqLimits } from '@tutti/jq';
import { turnsOf } from '@/features/runs/prepare/run-marks';

/**
 * An expression is evaluated while one types, in the page itself: it may take a fraction of what the engine
 * allows.
 */
const LIMITS: Partial<JqLimits> = {
  steps: 300_000,
  outputs: 50,
  depth: 400,
  stringLength: 2_000_000,
  arrayLength: 100_000,
  programLength: 20_000,
};

/** What became of an expression. */
export type Evaluation =
  | { kind: 'none' }
  /** `cut`: there are more than are evaluated. The engine takes the first, null when there is none. */
  | { kind: 'values'; values: unknown[]; cut: boolean }
  /** No jq; `from` and `to` are the place in the text as it was typed. */
  | { kind: 'syntax'; message: string; from: number; to: number }
  | { kind: 'error'; message: string };

const WRAPPED = /^(\s*\$\{)([\s\S]*)\}\s*$/;

/** Evaluates what was typed, with or without `${ }` around it. Never throws. */
export function evaluate(typed: string, input: unknown, variables: Record<string, unknown>): Evaluation {
  if (typed.trim() === '') return { kind: 'none' };
  const [, opening = '', wrapped] = WRAPPED.exec(typed) ?? [];
  const source = wrapped ?? typed;
  try {
    const program = compile(source, { variables: Object.keys(variables), limits: LIMITS });
    return collect(program.run(input, variables));
  } catch (error) {
    if (error instanceof JqSyntaxError) return syntaxOf(error, typed, opening.length);
    return { kind: 'error', message: messageOf(error) };
  }
}

function collect(outputs: Iterable<unknown>): Evaluation {
  const values: unknown[] = [];
  try {
    for (const value of outputs) values.push(value);
  } catch (error) {
    if (error instanceof JqLimitError && error.limit === 'outputs')
      return { kind: 'values', values, cut: true };
    // The engine has taken the first value by then, and never comes to the error.
    if (error instanceof JqRuntimeError && values.length > 0) return { kind: 'values', values, cut: true };
    throw error;
  }
  return { kind: 'values', values, cut: false };
}

function syntaxOf({ reason, offset }: JqSyntaxError, typed: string, opening: number): Evaluation {
  const from = Math.min(offset + opening, Math.max(typed.length - 1, 0));
  const word = /^\$?\w+|^\S/.exec(typed.slice(from))?.[0].length ?? 1;
  return { kind: 'syntax', message: reason, from, to: Math.min(from + word, typed.length) };
}

function messageOf(error: unknown): string {
  if (error instanceof JqLimitError)
    return `The expression goes over the limit of this panel: ${error.limit}, at most ${error.max}.`;
  return error instanceof Error ? error.message : String(error);
}

/** An instance of a task as it is chosen: its name, and which turn or branch it is. */
export function instanceLabel({
  name,
  position,
  state,
}: {
  name: string;
  position: string;
  state: string;
}): string {
  const turns = turnsOf(position).map(({ turn }) => turn + 1);
  const branch = /\/fork\/branches\/(\d+)\//.exec(position)?.[1];
  const visit = /#(\d+)$/.exec(position)?.[1];
  const which = [
    turns.length === 0 ? null : `turn ${turns.join('.')}`,
    branch === undefined ? null : `branch ${Number(branch) + 1}`,
    visit === undefined ? null : `visit ${visit}`,
    state === 'completed' ? null : state,
  ].filter(Boolean);
  return which.length === 0 ? name : `${name} (${which.join(', ')})`;
}
