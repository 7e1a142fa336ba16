import type { ConnectionDetail, ConnectionHeadroom, ConnectionItem, ConnectionUsage } from '@tutti/contracts';
import { duration, instant, money } from '../output/format.js';
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

function about(item: ConnectionDetail): [string, string][] {
  return [
    ['Connection', `${item.name}${item.enabled ? '' : ' (switched off)'}`],
    ['Plugin', item.plugin],
    ['Owner', item.owner ?? '-'],
    ['Environment', item.environment ?? '-'],
    ['State', `${item.state}${NEXT[item.state]?.(item.name) ?? ''}`],
    ['Health', `${item.health}${item.healthDetail === null ? '' : `: ${item.healthDetail}`}`],
    ['Checked', instant(item.checkedAt)],
    ...(item.signIn === null ? [] : [['Sign-in', signInText(item)] satisfies [string, string]]),
    ['Last 24 hours', usageText(item.recent)],
    ...(item.lastError === null
      ? []
      : [['Last error', errorText(item.lastError)] satisfies [string, string]]),
    ...(item.headroom === null ? [] : [['Headroom', headroomText(item.headroom)] satisfies [string, string]]),
    ['Limits', limitsText(item.limits)],
    ['Capabilities', item.capabilities.join(', ')],
    ...usersText(item),
    ...item.checks
      .slice(0, CHECKS_SHOWN)
      .map((check, i): [string, string] => [
        i === 0 ? 'Last tests' : '',
        `${instant(check.at)} by ${check.by}: ${check.ok ? 'works' : 'does not work'} ` +
          `(${duration(check.durationMs)}): ${check.detail}`,
      ]),
    ['Settings', ''],
  ];
}

const CHECKS_SHOWN = 5;

/** What a person does about a state. */
const NEXT: Partial<Record<ConnectionItem['state'], (name: string) => string>> = {
  'hosts-to-confirm': (name) => `: npx tutti connections hosts ${name}`,
  'sign-in-needed': (name) => `: npx tutti connections authorize ${name}`,
  'plugin-missing': () => ': see npx tutti plugins',
  quarantined: () => ': see npx tutti plugins',
  failing: (name) => `: npx tutti connections test ${name}`,
};

function usageText({ calls, failed, p50Ms, p95Ms, cost }: ConnectionUsage): string {
  const costs = cost.map(({ currency, micros }) => money(micros, currency));
  return [
    `${calls} calls`,
    `${failed} failed`,
    `median ${duration(p50Ms)}`,
    `95 % within ${duration(p95Ms)}`,
    ...costs,
  ].join(', ');
}

function errorText({
  at,
  status,
  title,
  capability,
  runId,
}: NonNullable<ConnectionItem['lastError']>): string {
  return `${instant(at)} ${capability}: ${status} ${title}${runId === null ? '' : ` (run ${runId})`}`;
}

function headroomText({ at, quotas, retryAt }: ConnectionHeadroom): string {
  const parts = quotas.map(
    ({ name, limit, remaining, resetAt }) =>
      `${name} ${remaining ?? '?'} of ${limit ?? '?'}${resetAt === null ? '' : ` until ${instant(resetAt)}`}`,
  );
  if (retryAt !== null) parts.push(`no call before ${instant(retryAt)}`);
  return `${parts.join(', ')}; told at ${instant(at)}`;
}

function usersText({ usedBy }: ConnectionDetail): [string, string][] {
  const { policies, workflows, triggers } = usedBy;
  const lines: [string, string[]][] = [
    ['Policies', policies.map(({ name }) => name)],
    ['Workflows', workflows.map(({ namespace, name }) => `${namespace}/${name}`)],
    ['Triggers', triggers],
  ];
  return lines.map(([title, names]) => [title, names.join(', ') || '-']);
}

function signInText({ name, signIn }: ConnectionItem): string {
  if (signIn?.state === 'signed-in') return `by ${signIn.by ?? '-'} at ${instant(signIn.at)}`;
  const why = signIn?.detail === null || signIn === null ? '' : ` (${signIn.detail})`;
  return `needed${why}: npx tutti connections authorize ${name}`;
}
