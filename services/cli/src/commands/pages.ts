import type { Command } from 'commander';
import { given, numberOf } from './arguments.js';

/** What is asked of a list, as it is typed. */
export interface PageOptions {
  limit?: string;
  cursor?: string;
  q?: string;
}

/** Gives the command of a list the options for its pages. */
export function paged(command: Command): Command {
  return command.option('--limit <n>', '1 to 200').option('--cursor <cursor>', 'next page');
}

/** The query of a page. */
export function pageOf({ limit, cursor, q }: PageOptions) {
  return given({ q, cursor, limit: limit === undefined ? undefined : numberOf(limit, '--limit') });
}
