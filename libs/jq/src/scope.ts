import type { Ast, Definition } from './ast.js';
import type { Code } from './code.js';

/** A name that means something at some point of a program; the chain runs from the innermost outwards. */
export type Scope = {
  readonly outer: Scope | null;
  /** How many entries the run-time environment has here. */
  readonly depth: number;
} & (
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'closure'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string; readonly fn: UserFunction }
  /** A built-in's parameter: the argument is compiled where it is used, so it needs no run-time entry. */
  | { readonly kind: 'inlined'; readonly name: string; readonly argument: Ast; readonly at: Scope | null }
  /** Hides every name further out: what a built-in's definition sees. */
  | { readonly kind: 'barrier'; readonly name: '' }
);

/** A user's function. Its body is compiled at the first call; recursion reaches it through this object. */
export interface UserFunction {
  readonly definition: Definition;
  readonly outer: Scope | null;
  state: 'new' | 'compiling' | 'ready';
  /** While compiling: whether a call is taken to give exactly one value; proven or withdrawn at the end. */
  isAssumedOne: boolean;
  isRecursive: boolean;
  code: Code | undefined;
  /** The same without tail calls, for path expressions; compiled when first needed. */
  plain: Code | undefined;
}

export function depthOf(scope: Scope | null): number {
  return scope === null ? 0 : scope.depth;
}

/** The innermost scope with entries for these names, in order. */
export function bindVariables(scope: Scope | null, names: readonly string[]): Scope | null {
  return names.reduce<Scope | null>(
    (outer, name) => ({ outer, depth: depthOf(outer) + 1, kind: 'variable', name }),
    scope,
  );
}

/** Finds what a name means; a barrier ends the search, for only built-ins lie beyond it. */
export function lookUp(scope: Scope | null, isMatch: (candidate: Scope) => boolean): Scope | undefined {
  for (let current = scope; current !== null && current.kind !== 'barrier'; current = current.outer) {
    if (isMatch(current)) {
      return current;
    }
  }
  return undefined;
}
