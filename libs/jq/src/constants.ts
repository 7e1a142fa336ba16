import type { Ast } from './ast.js';
import { Raise } from './errors.js';
import { DEFAULT_LIMITS, Runtime } from './limits.js';
import { BINARY } from './operators.js';
import { setField, type JqObject } from './values.js';

/** A value known before the program runs. */
export interface Constant {
  readonly value: unknown;
}

/** The value of a tree that jq's compiler would fold to a constant; undefined for any other. */
export function constantOf(ast: Ast): Constant | undefined {
  switch (ast.type) {
    case 'literal':
      return ast;
    case 'string':
      return ast.parts.every((part) => typeof part === 'string') ? { value: ast.parts.join('') } : undefined;
    case 'array':
      return constantArray(ast.body);
    case 'object':
      return constantObject(ast);
    case 'pipe':
      // The identity compiles to nothing in jq, so that what it is joined to stays a constant.
      return constantPipe(ast.left, ast.right);
    case 'binary':
      return constantBinary(ast);
    default:
      return undefined;
  }
}

function constantPipe(left: Ast, right: Ast): Constant | undefined {
  if (right.type === 'identity') {
    return constantOf(left);
  }
  return left.type === 'identity' ? constantOf(right) : undefined;
}

function constantArray(body: Ast | undefined): Constant | undefined {
  const elements: unknown[] = [];
  let rest = body;
  while (rest !== undefined) {
    const last = constantOf(rest.type === 'comma' ? rest.right : rest);
    if (last === undefined) {
      return undefined;
    }
    elements.unshift(last.value);
    rest = rest.type === 'comma' ? rest.left : undefined;
  }
  return { value: elements };
}

function constantObject(ast: Ast & { type: 'object' }): Constant | undefined {
  const object: JqObject = {};
  for (const entry of ast.entries) {
    const key = constantOf(entry.key)?.value;
    const value = constantOf(entry.value);
    if (typeof key !== 'string' || value === undefined) {
      return undefined;
    }
    setField(object, key, value.value);
  }
  return { value: object };
}

function constantBinary(ast: Ast & { type: 'binary' }): Constant | undefined {
  const left = constantOf(ast.left);
  const right = constantOf(ast.right);
  if (left === undefined || right === undefined) {
    return undefined;
  }
  try {
    return { value: BINARY[ast.operator](left.value, right.value, new Runtime(DEFAULT_LIMITS, [])) };
  } catch (failure) {
    if (failure instanceof Raise) {
      return undefined;
    }
    throw failure;
  }
}
