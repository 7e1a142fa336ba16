import type { Ast } from './ast.js';
import type { Code } from './code.js';
import type { Scope } from './scope.js';

/** What the parts of the compiler need of the whole; it keeps them free of import cycles. */
export interface Compiler {
  /** Compiles an expression. `isTail` allows it to hand its last call to the caller's trampoline. */
  compile(ast: Ast, scope: Scope | null, isTail?: boolean): Code;
  /** Refuses the program at an offset of its source. */
  refuse(reason: string, at: number): never;
  /** The place of a variable the caller of the program supplies. */
  globalIndex(name: string): number | undefined;
}
