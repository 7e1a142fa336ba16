import type { Ast, Definition } from './ast.js';
import {
  Code,
  envAt,
  TAIL_CALL,
  type Closure,
  type Emit,
  type EmitPlace,
  type Env,
  type Many,
  type One,
  type Place,
  type Places,
  type Signal,
} from './code.js';
import type { Compiler } from './compiler.js';
import type { Runtime } from './limits.js';
import { bindVariables, depthOf, lookUp, type Scope, type UserFunction } from './scope.js';

type CallNode = Ast & { type: 'call' };

/**
 * Past this many withdrawn guesses about recursive functions, the compiler stops guessing, which bounds its
 * work.
 */
const GUESSES_MAX = 40;

/** Compiles `def` and calls of what programs define; built-ins are another file's work. */
export class CallCompiler {
  private guesses = 0;

  constructor(private readonly compiler: Compiler) {}

  /**
   * The scope in which a definition's name is known. The body is compiled at once, so that its errors show.
   */
  define(definition: Definition, outer: Scope | null): Scope {
    const fn: UserFunction = {
      definition,
      outer,
      state: 'new',
      isAssumedOne: false,
      isRecursive: false,
      code: undefined,
      plain: undefined,
    };
    this.prepare(fn);
    return { outer, depth: depthOf(outer), kind: 'function', name: definition.name, fn };
  }

  private bodyScope(fn: UserFunction): Scope | null {
    const { name, parameters } = fn.definition;
    const self: Scope = { outer: fn.outer, depth: depthOf(fn.outer), kind: 'function', name, fn };
    const closures = parameters.reduce<Scope>(
      (outer, parameter) => ({ outer, depth: outer.depth + 1, kind: 'closure', name: parameter.name }),
      self,
    );
    return bindVariables(
      closures,
      parameters.filter(({ isValue }) => isValue).map((parameter) => parameter.name),
    );
  }

  private prepare(fn: UserFunction): void {
    fn.state = 'compiling';
    fn.isAssumedOne = this.guesses < GUESSES_MAX && fn.definition.parameters.every(({ isValue }) => isValue);
    fn.code = this.compiler.compile(fn.definition.body, this.bodyScope(fn), true);
    if (fn.isAssumedOne && fn.isRecursive && fn.code.one === undefined) {
      this.guesses += 1;
      fn.isAssumedOne = false;
      fn.code = this.compiler.compile(fn.definition.body, this.bodyScope(fn), true);
    }
    fn.state = 'ready';
  }

  /** The body for path expressions, which do without tail calls. */
  private plainOf(fn: UserFunction): Code {
    return (fn.plain ??= this.compiler.compile(fn.definition.body, this.bodyScope(fn)));
  }

  /** The code of a call if the program itself defines the name. */
  call(ast: CallNode, scope: Scope | null, isTail: boolean): Code | undefined {
    const found = lookUp(
      scope,
      (candidate) =>
        candidate.name === ast.name &&
        (candidate.kind === 'function'
          ? candidate.fn.definition.parameters.length === ast.args.length
          : (candidate.kind === 'closure' || candidate.kind === 'inlined') && ast.args.length === 0),
    );
    switch (found?.kind) {
      case 'closure':
        return callClosure(depthOf(scope) - found.depth);
      case 'inlined':
        return shifted(this.compiler.compile(found.argument, found.at), depthOf(scope) - depthOf(found.at));
      case 'function':
        return this.callFunction(found.fn, { ast, scope, isTail });
      default:
        return undefined;
    }
  }

  private callFunction(
    fn: UserFunction,
    { ast, scope, isTail }: { ast: CallNode; scope: Scope | null; isTail: boolean },
  ): Code {
    const isRecursive = fn.state === 'compiling';
    fn.isRecursive ||= isRecursive;
    const args = ast.args.map((arg) => this.compiler.compile(arg, scope));
    const frame = new Frame(args, fn, depthOf(scope) - depthOf(fn.outer));
    const isOne = isRecursive ? fn.isAssumedOne : fn.code?.one !== undefined;
    const one = isOne && frame.isSingle ? (isTail ? tailOne(fn, frame) : callOne(fn, frame)) : undefined;
    return new Code({
      one,
      many: () => (isTail && frame.isSingle ? tailMany(fn, frame) : callMany(fn, frame)),
      places: () => callPlaces(() => this.plainOf(fn), frame),
    });
  }
}

function callClosure(up: number): Code {
  const closureAt = (env: Env | null): Closure => (envAt(env, up) as Env).value as Closure;
  return new Code({
    many: () => (input, env, runtime, emit) => {
      runtime.step();
      const closure = closureAt(env);
      return closure.code.many(input, closure.env, runtime, emit);
    },
    places: () => (place, input, env, runtime, emit) => {
      runtime.step();
      const closure = closureAt(env);
      return closure.code.places(place, input, closure.env, runtime, emit);
    },
  });
}

/** Code compiled for an outer environment, used where `count` more entries have been added. */
export function shifted(code: Code, count: number): Code {
  if (count === 0) {
    return code;
  }
  const { one } = code;
  return new Code({
    one: one === undefined ? undefined : (input, env, runtime) => one(input, envAt(env, count), runtime),
    many: () => {
      const { many } = code;
      return (input, env, runtime, emit) => many(input, envAt(env, count), runtime, emit);
    },
    places: () => {
      const { places } = code;
      return (place, input, env, runtime, emit) => places(place, input, envAt(env, count), runtime, emit);
    },
  });
}

/**
 * What a call adds to the callee's environment: a closure per parameter, then the values of the `$`
 * parameters.
 */
class Frame {
  /** Every `$` argument gives exactly one value, so that the call happens exactly once. */
  readonly isSingle: boolean;
  private readonly values: readonly Code[];

  constructor(
    private readonly args: readonly Code[],
    fn: UserFunction,
    private readonly up: number,
  ) {
    this.values = args.filter((_, at) => fn.definition.parameters[at]?.isValue === true);
    this.isSingle = this.values.every(({ one }) => one !== undefined);
  }

  private closures(env: Env | null): Env | null {
    let inner = envAt(env, this.up);
    for (const code of this.args) {
      inner = { value: { code, env } satisfies Closure, up: inner };
    }
    return inner;
  }

  /** The callee's environment, when the call is single. */
  single(input: unknown, env: Env | null, runtime: Runtime): Env | null {
    let inner = this.closures(env);
    for (const { one } of this.values) {
      inner = { value: (one as One)(input, env, runtime), up: inner };
    }
    return inner;
  }

  /** Every environment the `$` arguments give, the first varying slowest. */
  each(
    input: unknown,
    env: Env | null,
    { runtime, body }: { runtime: Runtime; body: (inner: Env | null) => boolean },
  ): boolean {
    const bind = (at: number, inner: Env | null): boolean => {
      const code = this.values[at];
      return code === undefined
        ? body(inner)
        : code.many(input, env, runtime, (value) => bind(at + 1, { value, up: inner })) === true;
    };
    return bind(0, this.closures(env));
  }
}

function request(
  runtime: Runtime,
  fn: UserFunction,
  { input, env }: { input: unknown; env: Env | null },
): void {
  runtime.tailFunction = fn;
  runtime.tailInput = input;
  runtime.tailEnv = env;
}

function tailOne(fn: UserFunction, frame: Frame): One {
  return (input, env, runtime) => {
    request(runtime, fn, { input, env: frame.single(input, env, runtime) });
    return TAIL_CALL;
  };
}

function tailMany(fn: UserFunction, frame: Frame): Many {
  return (input, env, runtime) => {
    request(runtime, fn, { input, env: frame.single(input, env, runtime) });
    return 'tail';
  };
}

/** Calls, then makes the tail calls the callee asked for, all in one frame of the host's stack. */
function callOne(fn: UserFunction, frame: Frame): One {
  return (input, env, runtime) => {
    const inner = frame.single(input, env, runtime);
    runtime.enter();
    let value = (fn.code as Code).one?.(input, inner, runtime);
    while (value === TAIL_CALL) {
      runtime.step();
      const next = runtime.tailFunction as UserFunction;
      value = (next.code as Code).one?.(runtime.tailInput, runtime.tailEnv as Env | null, runtime);
    }
    runtime.depth -= 1;
    return value;
  };
}

function runMany(
  fn: UserFunction,
  start: { input: unknown; env: Env | null; runtime: Runtime; emit: Emit },
): boolean {
  const { runtime, emit } = start;
  runtime.enter();
  let signal: Signal = (fn.code as Code).many(start.input, start.env, runtime, emit);
  while (signal === 'tail') {
    runtime.step();
    const next = runtime.tailFunction as UserFunction;
    signal = (next.code as Code).many(runtime.tailInput, runtime.tailEnv as Env | null, runtime, emit);
  }
  runtime.depth -= 1;
  return signal;
}

function callMany(fn: UserFunction, frame: Frame): Many {
  if (frame.isSingle) {
    return (input, env, runtime, emit) =>
      runMany(fn, { input, env: frame.single(input, env, runtime), runtime, emit });
  }
  return (input, env, runtime, emit) =>
    frame.each(input, env, { runtime, body: (inner) => runMany(fn, { input, env: inner, runtime, emit }) });
}

function callPlaces(body: () => Code, frame: Frame): Places {
  let code: Code | undefined;
  const run = (
    inner: Env | null,
    at: { place: Place; input: unknown; runtime: Runtime; emit: EmitPlace },
  ): boolean => {
    const { place, input, runtime, emit } = at;
    runtime.enter();
    code ??= body();
    const isStopped = code.places(place, input, inner, runtime, emit);
    runtime.depth -= 1;
    return isStopped;
  };
  return (place, input, env, runtime, emit) =>
    frame.each(input, env, { runtime, body: (inner) => run(inner, { place, input, runtime, emit }) });
}
