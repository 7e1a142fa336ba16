import { resolve } from 'node:path';
import { createClient, type TuttiClient } from '@tutti/client';
import type { Command } from 'commander';
import { pretty } from '../output/format.js';
import { type Column, table } from '../output/table.js';
import { EXIT, type ExitCode, type Io } from './io.js';
import { apiUrlOf, type Flags, tokenOf } from './locate.js';

export interface GlobalFlags extends Flags {
  json?: boolean;
}

/** What a command works with: where the hub is, and how its answer is to be printed. */
export class Session {
  exitCode: ExitCode = EXIT.ok;
  private made: TuttiClient | undefined;

  constructor(
    readonly io: Io,
    readonly flags: GlobalFlags,
  ) {}

  get client(): TuttiClient {
    this.made ??= createClient({
      baseUrl: apiUrlOf(this.io, this.flags),
      token: tokenOf(this.io, this.flags),
    });
    return this.made;
  }

  /** A path of the command line. */
  path(text: string): string {
    return resolve(this.io.cwd, text);
  }

  /** The value as JSON with --json, else as the text for people. */
  print(value: unknown, text: () => string): void {
    this.io.stdout(this.flags.json ? pretty(value) : text());
  }

  /** A page of a list: as a table, with how to see the next page; or `empty`, which says what to do next. */
  printPage<Row>(
    page: { items: readonly Row[]; nextCursor: string | null },
    of: { columns: readonly Column<Row>[]; empty: string },
  ): void {
    this.print(page, () =>
      page.items.length === 0 ? `${of.empty}\n` : table(page.items, of.columns, this.io.columns),
    );
    if (!this.flags.json && page.nextCursor !== null)
      this.io.stderr(`There is more: add --cursor ${page.nextCursor}\n`);
  }
}

/** Makes a command whose action gets a session, and which takes --json like all of them. */
export type Define = (parent: Command, definition: string, summary: string) => Command;
export type Act = <Options extends object>(
  work: (session: Session, args: string[], options: Options) => Promise<void>,
) => (...given: unknown[]) => Promise<void>;

export interface CommandKit {
  define: Define;
  act: Act;
}
