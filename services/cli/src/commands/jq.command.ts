import { compile, JqLimitError, JqRuntimeError, JqSyntaxError } from '@tutti/jq';
import type { Command } from 'commander';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { readText } from './arguments.js';

interface JqOptions {
  rawOutput?: boolean;
  compact?: boolean;
  nullInput?: boolean;
}

/** `tutti jq`: the hub's own expression language, to try an expression out. */
export function addJqCommand(program: Command, { define, act }: CommandKit): void {
  define(program, 'jq <program> [file]', "Run a jq program on JSON, with the hub's own engine.")
    .option('-r, --raw-output', 'print texts as they are')
    .option('-c, --compact', 'one line a value')
    .option('-n, --null-input', 'read nothing; the input is null')
    .action(
      act<JqOptions>((session, [source, file], options) =>
        jq(session, { source: source as string, file: file || undefined }, options),
      ),
    );
}

async function jq(
  session: Session,
  at: { source: string; file: string | undefined },
  options: JqOptions,
): Promise<void> {
  const text = options.nullInput
    ? 'null'
    : at.file === undefined || at.file === '-'
      ? await session.io.stdin()
      : readText(session.io, at.file);
  try {
    for (const value of compile(at.source).run(parsed(text))) {
      const isText = options.rawOutput === true && typeof value === 'string';
      session.io.stdout(`${isText ? value : JSON.stringify(value, null, options.compact ? 0 : 2)}\n`);
    }
  } catch (error) {
    if (error instanceof JqSyntaxError)
      throw new CliError(`The program does not parse: ${error.message}`, EXIT.usage);
    if (error instanceof JqRuntimeError || error instanceof JqLimitError)
      throw new CliError(`jq: ${error.message}`);
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CliError(`The input is not JSON: ${(error as Error).message}`, EXIT.usage);
  }
}
