import type { ConnectionItem } from '@tutti/contracts';
import { duration, instant } from '../output/format.js';
import { oneLine } from '../output/table.js';
import type { Session } from '../session/session.js';
import { limitsText } from './connection-limits.js';

/** `tutti connections show`: everything about one connection but its secrets. */
export async function show(session: Session, name: string): Promise<void> {
  const { data } = await session.client.api.GET('/v1/connections/{name}', { params: { path: { name } } });
  if (data === undefined) return;
  const lines = [
    ...about(data),
    ...Object.entries(data.settings).map(([key, value]): [string, string] => [
      `  ${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ];
  const width = Math.max(...lines.map(([title]) => title.length)) + 2;
  session.print(data, () =>
    lines.map(([title, text]) => `${title.padEnd(width)}${oneLine(text)}\n`).join(''),
  );
}

function about(item: ConnectionItem): [string, string][] {
  const { recent } = item;
  return [
    ['Connection', `${item.name}${item.enabled ? '' : ' (switched off)'}`],
    ['Plugin', item.plugin],
    ['Health', `${item.health}${item.healthDetail === null ? '' : `: ${item.healthDetail}`}`],
    ['Checked', instant(item.checkedAt)],
    ...(item.signIn === null ? [] : [['Sign-in', signInText(item)] satisfies [string, string]]),
    ['Last 24 hours', `${recent.calls} calls, ${recent.failed} failed, median ${duration(recent.p50Ms)}`],
    ['Limits', limitsText(item.limits)],
    ['Capabilities', item.capabilities.join(', ')],
    ['Settings', ''],
  ];
}

function signInText({ name, signIn }: ConnectionItem): string {
  if (signIn?.state === 'signed-in') return `by ${signIn.by ?? '-'} at ${instant(signIn.at)}`;
  const why = signIn?.detail === null || signIn === null ? '' : ` (${signIn.detail})`;
  return `needed${why}: npx tutti connections authorize ${name}`;
}
