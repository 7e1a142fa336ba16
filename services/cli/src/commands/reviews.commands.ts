import type { components } from '@tutti/client';
import type { Command } from 'commander';
import { instant, pretty } from '../output/format.js';
import { facts, oneLine } from '../output/table.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, numberOf, splitPair } from './arguments.js';
import { setPath } from './set-path.js';

type Review = components['schemas']['ReviewDetail'];

interface ListOptions {
  status: string;
  workflow?: string;
  run?: string;
  limit?: string;
  cursor?: string;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

/** `tutti review list|show|approve|reject`. */
export function addReviewCommands(program: Command, { define, act }: CommandKit): void {
  const review = define(program, 'review', 'Decisions that runs ask of people.');
  define(review, 'list', 'Reviews; open ones, oldest first, unless told otherwise.')
    .option('--status <status>', 'open, approved, rejected, expired, withdrawn; comma-separated', 'open')
    .option('--workflow <name>', 'NAMESPACE/NAME')
    .option('--run <id>', 'of one run')
    .option('--limit <n>', '1 to 200')
    .option('--cursor <cursor>', 'next page')
    .action(act<ListOptions>((session, _args, options) => list(session, options)));
  define(review, 'show <review>', 'A review with its data.').action(
    act((session, [id]) => show(session, id as string)),
  );
  define(review, 'approve <review>', 'Approve, with edited data if need be.')
    .option(
      '--set <path=value>',
      'edit a field: supplier.iban=DE..., or /lines/0/quantity=2 (repeatable)',
      collect,
      [],
    )
    .option('--comment <text>', 'why')
    .action(
      act<{ set: string[]; comment?: string }>((session, [id], options) =>
        decide(session, id as string, { decision: 'approve', ...options }),
      ),
    );
  define(review, 'reject <review>', 'Reject.')
    .option('--comment <text>', 'why')
    .action(
      act<{ comment?: string }>((session, [id], options) =>
        decide(session, id as string, { decision: 'reject', set: [], ...options }),
      ),
    );
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const { status, workflow, run, limit, cursor } = options;
  const query = given({
    status,
    workflow,
    runId: run,
    cursor,
    limit: limit === undefined ? undefined : numberOf(limit, '--limit'),
  });
  const { data } = await session.client.api.GET('/v1/reviews', { params: { query } });
  if (data)
    session.printPage(data, {
      empty: 'Nothing waits for a decision.',
      columns: [
        { title: 'REVIEW', text: (item) => item.id },
        { title: 'STATUS', text: (item) => item.status },
        { title: 'OPENED', text: (item) => instant(item.openedAt) },
        { title: 'WORKFLOW', text: (item) => `${item.workflow.namespace}/${item.workflow.name}` },
        { title: 'WHAT', text: (item) => `${item.title}: ${item.because}` },
      ],
    });
}

async function show(session: Session, id: string): Promise<void> {
  const found = await reviewOf(session, id);
  session.print(found, () => reviewText(found));
}

function reviewText(review: Review): string {
  const { decision } = review;
  return (
    facts([
      ['review', review.id],
      ['title', oneLine(review.title)],
      ['because', oneLine(review.because)],
      ['status', review.status],
      ['run', review.runId],
      ['task', review.task],
      ['opened', instant(review.openedAt)],
      ['due', review.dueAt && instant(review.dueAt)],
      ['decided', review.decidedAt && `${instant(review.decidedAt)} by ${review.decidedBy ?? 'nobody'}`],
      ['comment', decision?.comment],
      [
        'document',
        review.document &&
          `${review.document.name ?? review.document.$artifact} (${review.document.mediaType})`,
      ],
      ...(decision?.edits ?? []).map(
        (edit) =>
          [
            'edited',
            `${edit.path}: ${JSON.stringify(edit.before)} -> ${JSON.stringify(edit.after)}`,
          ] as const,
      ),
    ]) + `data\n${pretty(review.data)}`
  );
}

async function decide(
  session: Session,
  id: string,
  options: { decision: 'approve' | 'reject'; set: string[]; comment?: string },
): Promise<void> {
  const review = await reviewOf(session, id);
  const edited = options.set
    .map((pair) => splitPair(pair, '--set'))
    .reduce<unknown>((data, [path, value]) => setPath(data, path, value), review.data);
  const { data } = await session.client.api.POST('/v1/reviews/{id}/decision', {
    params: { path: { id } },
    // A review that is decided already has no token any more; the hub then says who decided it.
    body: {
      decision: options.decision,
      token: review.token ?? '',
      ...given({ comment: options.comment, data: options.set.length > 0 ? edited : undefined }),
    },
  });
  session.print(data, () => `${id} is ${data?.status}. The run goes on: npx tutti show ${data?.runId}\n`);
}

async function reviewOf(session: Session, id: string): Promise<Review> {
  const { data } = await session.client.api.GET('/v1/reviews/{id}', { params: { path: { id } } });
  return data as Review;
}
