import type { Compilation, Place } from './compilation.js';
import type { CompiledTemplate } from './compiled.types.js';
import { textOf } from './process-values.js';
import { constantTemplate } from './template.js';

/** A command line and the variables that it reads beside those which the task declares. */
export interface CompiledCommand {
  readonly text: CompiledTemplate;
  readonly variables: Readonly<Record<string, CompiledTemplate>>;
}

/** `${` that begins an expression: a parameter of the shell (`${HOME}`) begins with a letter or a sign. */
const BEGINNING = /\$\{(?=[\s.("[]|\$[A-Za-z_])/y;

/**
 * A command for a shell. A text that is one `${ }` is an expression, and its value is the command. An
 * expression inside a command becomes a variable of the shell in its place: its value is never read as a part
 * of the command, whatever stands in it.
 */
export function compileCommand(compilation: Compilation, command: string, place: Place): CompiledCommand {
  const found = scan(command);
  if (found.length === 1 && command.slice(found[0]?.start, found[0]?.end) === command.trim()) {
    const value = compilation.template(command, place);
    const text: CompiledTemplate = {
      constant: false,
      evaluate: (input, variables) => textOf(value.evaluate(input, variables), 'command'),
    };
    return { text, variables: {} };
  }
  const variables: Record<string, CompiledTemplate> = {};
  let text = '';
  let from = 0;
  for (const { start, end, quoted } of found) {
    const name = `TUTTI_EXPRESSION_${Object.keys(variables).length + 1}`;
    const source = command.slice(start, end);
    if (quoted) refuseQuoted(compilation, source, place);
    variables[name] = compilation.template(source, place);
    text += `${command.slice(from, start)}\${${name}}`;
    from = end;
  }
  return { text: constantTemplate(text + command.slice(from)), variables };
}

function refuseQuoted(compilation: Compilation, source: string, { pointer }: Place): void {
  compilation.error(
    'shell-expression',
    pointer,
    `Between single quotes the shell does not fill in ${source}`,
  );
}

interface Found {
  start: number;
  end: number;
  /** Between single quotes. */
  quoted: boolean;
}

/** The expressions inside a command, in order. */
function scan(command: string): Found[] {
  const found: Found[] = [];
  let quote = '';
  for (let i = 0; i < command.length; i += 1) {
    const char = command[i] as string;
    BEGINNING.lastIndex = i;
    if (char === '$' && BEGINNING.test(command)) {
      const end = endOfExpression(command, i + 2);
      found.push({ start: i, end, quoted: quote === "'" });
      i = end - 1;
    } else if (char === '\\' && quote !== "'") i += 1;
    else if (quote === '' && char === '#' && /(^|[\s;|&(])$/.test(command.slice(0, i))) {
      const line = command.indexOf('\n', i);
      i = line < 0 ? command.length : line;
    } else if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
  }
  return found;
}

/** The place behind the `}` that closes an expression; the end of the text when none does. */
function endOfExpression(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i += 1) {
    const char = text[i];
    if (char === '"') i = endOfText(text, i + 1);
    else if (char === '{') depth += 1;
    else if (char === '}' && --depth === 0) return i + 1;
  }
  return text.length;
}

/** The `"` that closes a text of jq. */
function endOfText(text: string, from: number): number {
  for (let i = from; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
