import type { components } from '@tutti/client';
import { EXIT } from '../session/io.js';
import type { Session } from '../session/session.js';
import { given } from './arguments.js';

type Preview = components['schemas']['RetryPreview'];
type Plan = NonNullable<Preview['plan']>;
type Call = Plan['kept']['items'][number];

/** `tutti retry RUN --plan`: what it would do; nothing is started. */
export async function previewRetry(session: Session, id: string, from: string | undefined): Promise<void> {
  const { data } = await session.client.api.GET('/v1/runs/{id}/retry-preview', {
    params: { path: { id }, query: given({ from }) },
  });
  if (data === undefined) return;
  if (data.plan === null) session.exitCode = EXIT.failed;
  session.print(data, () =>
    data.plan === null ? `${id} cannot be retried: ${data.refused}\n` : planText(data.plan),
  );
}

function planText({ from, kept, firstTurn, repeated, possible }: Plan): string {
  const { status, calls, reviews, error } = firstTurn;
  const lines = [
    `a retry begins at ${from.position}`,
    ...section('kept, not called again', kept, callText),
    ...section('called at once', calls, (call) =>
      call.underWay ? `${callText(call)}, was under way: same key` : callText(call),
    ),
    ...section('asked at once', reviews, ({ title, because }) => `${title} (${because})`),
    ...(error === null ? [] : [`faults at once: ${error.title} ${error.detail ?? ''}`.trimEnd()]),
    ...(error === null && status === 'completed' ? ['completes at once'] : []),
    ...section('succeeded before, called again when the run comes there', repeated, callText),
    ...section('may run after that, as data and answers decide', possible, (task) =>
      [`${task.task}  ${task.type}`, task.capability, task.effect].filter(Boolean).join(' '),
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function section<T>(title: string, list: { count: number; items: T[] }, text: (item: T) => string): string[] {
  if (list.count === 0) return [];
  const more = list.count - list.items.length;
  return [
    `${title}: ${list.count}`,
    ...list.items.map((item) => `  ${text(item)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function callText({ position, capability, connection, effect, ...more }: Omit<Call, 'receipt'>): string {
  const receipt = 'receipt' in more && more.receipt === true ? ', has a receipt' : '';
  const over = connection === null || connection === '' ? '' : ` over ${connection}`;
  return `${position}  ${capability ?? 'http'}${over} (${effect})${receipt}`;
}
