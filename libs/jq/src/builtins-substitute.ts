import { Code, oneCode, type One } from './code.js';
import { toText } from './json-write.js';
import { add } from './operators.js';
import { substitute } from './regex.js';
import { setField, type JqObject } from './values.js';

type Form = (args: readonly Code[]) => Code | undefined;

/**
 * `sub` and `gsub` in one pass; undefined when an argument may give several values, which the prelude
 * handles.
 */
function compileSubstitution(
  isGlobal: boolean,
  [pattern, replacement, flags]: readonly Code[],
): Code | undefined {
  const onePattern = pattern?.one;
  const oneReplacement = replacement?.one;
  const oneFlags: One | undefined = flags === undefined ? () => '' : flags.one;
  if (onePattern === undefined || oneReplacement === undefined || oneFlags === undefined) {
    return undefined;
  }
  return oneCode((input, env, runtime) => {
    const given = oneFlags(input, env, runtime);
    const request = {
      pattern: onePattern(input, env, runtime),
      flags: isGlobal ? add(given, 'g', runtime) : given,
      runtime,
    };
    return substitute(input, request, (captures) => oneReplacement(captures, env, runtime));
  });
}

/** `INDEX(stream; key)`: a later row replaces an earlier one of the same key. */
function compileIndexOf([stream, key]: readonly Code[]): Code | undefined {
  const oneKey = key?.one;
  if (stream === undefined || oneKey === undefined) {
    return undefined;
  }
  const { many } = stream;
  return oneCode((input, env, runtime) => {
    const rows: JqObject = {};
    many(input, env, runtime, (row) => {
      runtime.step();
      setField(rows, toText(oneKey(row, env, runtime), runtime), row);
      return false;
    });
    return rows;
  });
}

/** Faster forms of what the prelude also defines. */
export const SUBSTITUTION_FORMS: readonly (readonly [string, Form])[] = [
  ['sub/2', (args) => compileSubstitution(false, args)],
  ['sub/3', (args) => compileSubstitution(false, args)],
  ['gsub/2', (args) => compileSubstitution(true, args)],
  ['gsub/3', (args) => compileSubstitution(true, args)],
  ['INDEX/2', compileIndexOf],
];
