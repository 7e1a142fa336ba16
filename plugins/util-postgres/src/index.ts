import { definePlugin, once } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { poolFor } from './pools.js';
import { Settings } from './settings.js';
import { ensureKeys, execute, readRows, writablePort } from './statements.js';

const Input = z.object({
  sql: z
    .string()
    .min(1)
    .max(100_000)
    .describe('One statement; values as $1, $2: never put them into the text'),
  parameters: z.array(z.unknown()).max(1_000).default([]),
  rowsMax: z.int().min(1).max(10_000).default(1_000),
});
const Output = z.object({
  rows: z
    .array(z.record(z.string(), z.unknown()))
    .describe('numeric and bigint as text, instants as ISO 8601'),
  more: z.boolean().describe('whether there were more than rowsMax'),
});

/** Queries and statements in any PostgreSQL database. */
export default definePlugin({
  contract: 1,
  name: 'util-postgres',
  kind: 'util',
  summary: 'Queries and statements in any PostgreSQL database.',
  settings: Settings,
  async health({ settings, signal }) {
    const sql = `SELECT current_setting('server_version') AS version, current_user AS "user"`;
    const { rows } = await readRows({ pool: poolFor(settings), signal }, { sql, parameters: [], rowsMax: 1 });
    const [row] = rows as { version: string; user: string }[];
    return `PostgreSQL ${row?.version}, as ${row?.user}`;
  },
  capabilities: {
    'postgres.query': {
      summary: 'Read rows. Runs in a read-only transaction.',
      effect: 'read',
      input: Input,
      output: Output,
      run: ({ input, settings, signal }) => readRows({ pool: poolFor(settings), signal }, input),
    },
    'postgres.execute': {
      summary: 'Run a statement that writes. Not repeated when the answer was lost: a person decides.',
      effect: 'write',
      input: Input,
      output: Output,
      run({ input, settings, signal, mayHaveHappened }) {
        const port = writablePort({ pool: poolFor(settings), signal, beforeCommit: mayHaveHappened });
        return port.transaction((session) => execute(session, input));
      },
    },
    'postgres.execute-once': {
      summary:
        'Run a statement that writes, once: its key is kept in the table tutti.idempotency_keys beside it.',
      effect: 'idempotent-write',
      input: Input,
      output: Output,
      async run({ input, settings, signal, idempotencyKey }) {
        const of = { pool: poolFor(settings), signal };
        await ensureKeys(of);
        const request = {
          database: writablePort(of),
          idempotencyKey,
          capability: 'postgres.execute-once',
          input,
        };
        return once(request, (session) => execute(session, input));
      },
    },
  },
});
