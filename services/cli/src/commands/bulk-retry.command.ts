import type { Command } from 'commander';
import { EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, numberOf } from './arguments.js';

interface BulkRetryOptions {
  workflow?: string;
  from?: string;
  to?: string;
  q?: string;
  errorType?: string;
  limit?: string;
  dryRun?: boolean;
}

/** `tutti runs retry`. */
export function addBulkRetry(runs: Command, { define, act }: CommandKit): void {
  define(runs, 'retry', 'Retry the newest faulted runs that a filter finds, each once.')
    .option('--workflow <name>', 'NAMESPACE/NAME')
    .option('--from <instant>', 'started at or after, ISO 8601')
    .option('--to <instant>', 'started before, ISO 8601')
    .option('--q <text>', 'id or its start, or text in input, output or error')
    .option('--error-type <type>', 'type of the error, or its last part, such as timeout')
    .option('--limit <n>', '1 to 500 (100)')
    .option('--dry-run', 'say which, and retry none')
    .action(act<BulkRetryOptions>((session, _args, options) => retryMany(session, options)));
}

async function retryMany(session: Session, options: BulkRetryOptions): Promise<void> {
  const { workflow, from, to, q, errorType, limit, dryRun } = options;
  const filter = given({ workflow, from, to, q, errorType });
  const limitGiven = given({ limit: limit === undefined ? undefined : numberOf(limit, '--limit') });
  const { data } = await session.client.api.POST('/v1/runs/retry', {
    body: { limit: 100, ...filter, ...limitGiven, dryRun: dryRun === true },
  });
  if (data === undefined) return;
  if (data.refused.length > 0) session.exitCode = EXIT.failed;
  const lines = data.dryRun
    ? [`${data.matched} faulted runs would be retried`, ...data.sample.map(({ id }) => id)]
    : [
        ...data.retried.map(({ id, retriedBy }) => `${id} goes on as ${retriedBy}`),
        ...data.refused.map(({ id, reason }) => `${id} not: ${reason}`),
        `${data.retried.length} retried, ${data.refused.length} not`,
      ];
  if (data.more) lines.push('There are more: repeat the command for them.');
  session.print(data, () => lines.map((line) => `${line}\n`).join(''));
}
