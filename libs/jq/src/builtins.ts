import type { Ast, Definition } from './ast.js';
import { DATE_FUNCTIONS } from './builtins-dates.js';
import { MATH_FUNCTIONS } from './builtins-math.js';
import { SPECIAL_FORMS as BASIC_FORMS } from './builtins-special.js';
import { STRING_FUNCTIONS } from './builtins-strings.js';
import { SUBSTITUTION_FORMS } from './builtins-substitute.js';
import { VALUE_FUNCTIONS } from './builtins-values.js';
import { oneCode, type Code } from './code.js';
import { combine } from './combine.js';
import type { Compiler } from './compiler.js';
import { parse } from './parser.js';
import { PRELUDE } from './prelude.js';
import { REGEX_FUNCTIONS } from './regex.js';
import { depthOf, type Scope } from './scope.js';
import type { ValueFunction } from './value-function.js';

const FUNCTIONS: ReadonlyMap<string, ValueFunction> = new Map([
  ...VALUE_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...REGEX_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...DATE_FUNCTIONS,
]);

/** Forms that answer undefined leave the call to the prelude. */
const SPECIAL_FORMS: ReadonlyMap<string, (args: readonly Code[]) => Code | undefined> = new Map([
  ...BASIC_FORMS,
  ...SUBSTITUTION_FORMS,
]);

let parsedPrelude: ReadonlyMap<string, Definition> | undefined;

/** Parsed when first needed; it never changes, so all programs share it. */
function prelude(): ReadonlyMap<string, Definition> {
  if (parsedPrelude === undefined) {
    const definitions = new Map<string, Definition>();
    for (let ast = parse(PRELUDE); ast.type === 'def'; ast = ast.body) {
      const { name, parameters } = ast.definition;
      definitions.set(`${name}/${parameters.length}`, bindValueParameters(ast.definition));
    }
    parsedPrelude = definitions;
  }
  return parsedPrelude;
}

/** `def f($a): body` is `def f(a): a as $a | body`. */
function bindValueParameters(definition: Definition): Definition {
  const body = definition.parameters.reduceRight<Ast>(
    (inner, { name, isValue }) =>
      isValue
        ? {
            type: 'as',
            source: { type: 'call', name, args: [], at: 0 },
            patterns: [{ type: 'variable', name }],
            body: inner,
          }
        : inner,
    definition.body,
  );
  return { ...definition, body };
}

/** The code of a call to a built-in; undefined when there is none of that name and arity. */
export function compileBuiltin(
  compiler: Compiler,
  ast: Ast & { type: 'call' },
  scope: Scope | null,
  isTail: boolean,
): Code | undefined {
  const key = `${ast.name}/${ast.args.length}`;
  const special = SPECIAL_FORMS.get(key)?.(ast.args.map((arg) => compiler.compile(arg, scope)));
  if (special !== undefined) {
    return special;
  }
  const fn = FUNCTIONS.get(key);
  if (fn !== undefined) {
    return compileFunction(
      fn,
      ast.args.map((arg) => compiler.compile(arg, scope)),
    );
  }
  if (key === 'builtins/0') {
    return oneCode(() => builtinNames());
  }
  const definition = prelude().get(key);
  return definition === undefined ? undefined : inline(definition, { compiler, ast, scope, isTail });
}

/** jq evaluates the last argument of a native function in the outermost loop. */
function compileFunction(fn: ValueFunction, args: readonly Code[]): Code {
  if (args.length === 0) {
    return oneCode((input, _env, runtime) => fn(input, NO_ARGS, runtime));
  }
  const only = args.length === 1 ? args[0]?.one : undefined;
  if (only !== undefined) {
    return oneCode((input, env, runtime) => fn(input, [only(input, env, runtime)], runtime));
  }
  return combine(args.toReversed(), (values, input, runtime) => fn(input, values.toReversed(), runtime));
}

const NO_ARGS: readonly unknown[] = [];

interface Inlining {
  readonly compiler: Compiler;
  readonly ast: Ast & { type: 'call' };
  readonly scope: Scope | null;
  readonly isTail: boolean;
}

/** Compiles a built-in's definition in place, its parameters standing for the call's argument expressions. */
function inline(definition: Definition, { compiler, ast, scope, isTail }: Inlining): Code {
  const depth = depthOf(scope);
  const barrier: Scope = { outer: null, depth, kind: 'barrier', name: '' };
  const inner = definition.parameters.reduce<Scope>(
    (outer, { name }, at) => ({
      outer,
      depth,
      kind: 'inlined',
      name,
      argument: ast.args[at] as Ast,
      at: scope,
    }),
    barrier,
  );
  return compiler.compile(definition.body, inner, isTail);
}

/** The names a program may call, as `builtins` lists them; those starting with `_` are the engine's own. */
function builtinNames(): string[] {
  const names = [...SPECIAL_FORMS.keys(), ...FUNCTIONS.keys(), ...prelude().keys(), 'builtins/0'];
  return [...new Set(names)].filter((name) => !name.startsWith('_'));
}
