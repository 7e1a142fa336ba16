import type { Ast } from './ast.js';
import { compileBuiltin } from './builtins.js';
import { Code, envAt, oneCode, type Env, type Many, type Places } from './code.js';
import { compileIndex, compileIterate, compileSlice } from './compile-access.js';
import { compileAssign } from './compile-assign.js';
import { compileAs, compileForeach, compileReduce } from './compile-bindings.js';
import { compileLabel, compileTry } from './compile-guard.js';
import { CallCompiler } from './compile-calls.js';
import type { Compiler } from './compiler.js';
import {
  compileAlternative,
  compileArray,
  compileBinary,
  compileConstant,
  compileFormat,
  compileLogic,
  compileNegation,
  compileObject,
  compileString,
} from './compile-values.js';
import { JqSyntaxError, raise } from './errors.js';
import { depthOf, lookUp, type Scope } from './scope.js';
import { isTruthy } from './values.js';

const IDENTITY = new Code({
  one: (input) => input,
  places: () => (place, input, _env, _runtime, emit) => emit(place, input),
});

/** Turns a syntax tree into closures. One instance compiles one program. */
export class ProgramCompiler implements Compiler {
  private readonly calls = new CallCompiler(this);

  constructor(
    private readonly source: string,
    private readonly globals: readonly string[],
  ) {}

  refuse(reason: string, at: number): never {
    throw new JqSyntaxError(reason, this.source, at);
  }

  globalIndex(name: string): number | undefined {
    const index = this.globals.indexOf(name);
    return index === -1 ? undefined : index;
  }

  compile(ast: Ast, scope: Scope | null, isTail = false): Code {
    switch (ast.type) {
      case 'identity':
        return IDENTITY;
      case 'literal':
        return compileConstant(ast.value);
      case 'string':
        return compileString(this, ast, scope);
      case 'format':
        return compileFormat(ast.name);
      case 'negate':
        return compileNegation(this.compile(ast.body, scope));
      case 'array':
        return compileArray(ast.body === undefined ? undefined : this.compile(ast.body, scope));
      case 'object':
        return compileObject(this, ast.entries, scope);
      case 'binary':
        return compileBinary(ast.operator, this.compile(ast.left, scope), this.compile(ast.right, scope));
      case 'and':
      case 'or':
        return compileLogic(
          ast.type === 'and',
          this.compile(ast.left, scope),
          this.compile(ast.right, scope),
        );
      case 'alternative':
        return compileAlternative(this.compile(ast.left, scope), this.compile(ast.right, scope));
      case 'assign':
        return compileAssign(ast.operator, this.compile(ast.left, scope), this.compile(ast.right, scope));
      case 'try':
        return compileTry(
          this.compile(ast.body, scope),
          ast.handler === undefined ? undefined : this.compile(ast.handler, scope),
        );
      default:
        return this.compileFlow(ast, scope, isTail);
    }
  }

  private compileFlow(ast: Ast, scope: Scope | null, isTail: boolean): Code {
    switch (ast.type) {
      case 'recurse':
        return this.compile({ type: 'call', name: 'recurse', args: [], at: 0 }, builtinsOnly(scope));
      case 'index':
        return compileIndex(this, ast, scope);
      case 'slice':
        return compileSlice(this, ast, scope);
      case 'iterate':
        return compileIterate(this.compile(ast.target, scope), ast.optional);
      case 'pipe':
        return this.compilePipe(ast, scope, isTail);
      case 'comma':
        return compileComma(this.compile(ast.left, scope), this.compile(ast.right, scope, isTail));
      case 'if':
        return this.compileIf(ast, scope, isTail);
      case 'as':
        return compileAs(this, ast, scope, isTail);
      case 'reduce':
        return compileReduce(this, ast, scope);
      case 'foreach':
        return compileForeach(this, ast, scope);
      case 'label':
        return compileLabel(this, ast, scope);
      case 'break':
        return this.compileBreak(ast, scope);
      case 'def':
        return this.compile(ast.body, this.calls.define(ast.definition, scope), isTail);
      case 'variable':
        return this.compileVariable(ast, scope);
      case 'call':
        return (
          this.calls.call(ast, scope, isTail) ??
          compileBuiltin(this, ast, scope, isTail) ??
          this.refuse(`${ast.name}/${ast.args.length} is not defined`, ast.at)
        );
      default:
        throw new TypeError(`no code for ${ast.type}`);
    }
  }

  private compilePipe(ast: Ast & { left: Ast; right: Ast }, scope: Scope | null, isTail: boolean): Code {
    const left = this.compile(ast.left, scope);
    const first = left.one;
    const right = this.compile(ast.right, scope, isTail && first !== undefined);
    const second = right.one;
    return new Code({
      one:
        first === undefined || second === undefined
          ? undefined
          : (input, env, runtime) => second(first(input, env, runtime), env, runtime),
      many: () => pipeMany(left, right),
      places: () => {
        const from = left.places;
        const to = right.places;
        return (place, input, env, runtime, emit) =>
          from(place, input, env, runtime, (at, value) => to(at, value, env, runtime, emit));
      },
    });
  }

  private compileIf(ast: Ast & { type: 'if' }, scope: Scope | null, isTail: boolean): Code {
    const condition = this.compile(ast.condition, scope);
    const test = condition.one;
    const branchTail = isTail && test !== undefined;
    const then = this.compile(ast.then, scope, branchTail);
    const other = ast.else === undefined ? IDENTITY : this.compile(ast.else, scope, branchTail);
    const a = then.one;
    const b = other.one;
    return new Code({
      one:
        test === undefined || a === undefined || b === undefined
          ? undefined
          : (input, env, runtime) => (isTruthy(test(input, env, runtime)) ? a : b)(input, env, runtime),
      many: () => ifMany(condition, then, other),
      places: () => ifPlaces(condition, then, other),
    });
  }

  private compileVariable(ast: Ast & { type: 'variable' }, scope: Scope | null): Code {
    const found = lookUp(scope, (candidate) => candidate.kind === 'variable' && candidate.name === ast.name);
    if (found !== undefined) {
      return compileLocal(depthOf(scope) - found.depth);
    }
    const index = this.globalIndex(ast.name);
    if (index !== undefined) {
      return oneCode((_input, _env, runtime) => runtime.globals[index]);
    }
    if (ast.name === 'ENV') {
      return oneCode(() => ({}));
    }
    return this.refuse(`$${ast.name} is not defined`, ast.at);
  }

  private compileBreak(ast: Ast & { type: 'break' }, scope: Scope | null): Code {
    const found = lookUp(scope, (candidate) => candidate.kind === 'label' && candidate.name === ast.name);
    if (found === undefined) {
      return this.refuse(`$*label-${ast.name} is not defined`, ast.at);
    }
    const up = depthOf(scope) - found.depth;
    return oneCode((_input, env) => raise((envAt(env, up) as Env).value));
  }
}

/** `..` means the built-in even where a program defines a `recurse` of its own. */
function builtinsOnly(scope: Scope | null): Scope {
  return { outer: scope, depth: depthOf(scope), kind: 'barrier', name: '' };
}

function compileLocal(up: number): Code {
  if (up === 0) {
    return oneCode((_input, env) => (env as Env).value);
  }
  return oneCode(
    up === 1
      ? (_input, env) => ((env as Env).up as Env).value
      : (_input, env) => (envAt(env, up) as Env).value,
  );
}

function pipeMany(left: Code, right: Code): Many {
  const first = left.one;
  const many = right.many;
  if (first !== undefined) {
    return (input, env, runtime, emit) => many(first(input, env, runtime), env, runtime, emit);
  }
  const from = left.many;
  const second = right.one;
  if (second !== undefined) {
    return (input, env, runtime, emit) =>
      from(input, env, runtime, (value) => emit(second(value, env, runtime)));
  }
  return (input, env, runtime, emit) =>
    from(input, env, runtime, (value) => many(value, env, runtime, emit) === true);
}

function compileComma(left: Code, right: Code): Code {
  return new Code({
    many: () => {
      const first = left.many;
      const second = right.many;
      return (input, env, runtime, emit) => {
        runtime.step();
        return first(input, env, runtime, emit) === true || second(input, env, runtime, emit);
      };
    },
    places: () => {
      const first = left.places;
      const second = right.places;
      return (place, input, env, runtime, emit) => {
        runtime.step();
        return first(place, input, env, runtime, emit) || second(place, input, env, runtime, emit);
      };
    },
  });
}

function ifMany(condition: Code, then: Code, other: Code): Many {
  const a = then.many;
  const b = other.many;
  const test = condition.one;
  if (test !== undefined) {
    return (input, env, runtime, emit) =>
      (isTruthy(test(input, env, runtime)) ? a : b)(input, env, runtime, emit);
  }
  const tests = condition.many;
  return (input, env, runtime, emit) =>
    tests(input, env, runtime, (value) => (isTruthy(value) ? a : b)(input, env, runtime, emit) === true);
}

function ifPlaces(condition: Code, then: Code, other: Code): Places {
  const a = then.places;
  const b = other.places;
  const tests = condition.many;
  return (place, input, env, runtime, emit) =>
    tests(input, env, runtime, (value) => (isTruthy(value) ? a : b)(place, input, env, runtime, emit)) ===
    true;
}
