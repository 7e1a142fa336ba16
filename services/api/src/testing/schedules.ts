import { type ScheduleDetail, uuidv7 } from '@tutti/contracts';
import { ScheduleSweeper } from '../schedules/schedule.sweeper.js';
import type { ApiHarness } from './api-harness.js';

export interface ScheduledRunRow {
  id: string;
  trigger: string;
  status: string;
  input: string;
}

/** Applies a workflow with a schedule under a new name, or another version under the name it has. */
export async function applySchedule(
  api: ApiHarness,
  schedule: string | null,
  more: { hints?: string; name?: string; tutti?: string; version?: string } = {},
): Promise<string> {
  const name = more.name ?? `s-${uuidv7().slice(24)}`;
  const answer = await api.call('PUT', '/v1/workflows', {
    raw: `
document:
  dsl: '1.0.3'
  namespace: test
  name: ${name}
  version: '${more.version ?? '1.0.0'}'
  metadata: { tutti: { ${more.tutti ?? ''} ${more.hints ? `schedule: ${more.hints}` : ''} } }
${schedule === null ? '' : `schedule: ${schedule}`}
do:
  - first:
      set: { value: 1 }
`,
    headers: { 'content-type': 'application/yaml' },
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return name;
}

export const showSchedule = async (api: ApiHarness, name: string) =>
  (await api.call<ScheduleDetail>('GET', `/v1/schedules/test/${name}`)).body;

export const runsOf = (api: ApiHarness, name: string) =>
  api.query<ScheduledRunRow>(
    `SELECT r.id, r.trigger, r.status, r.input FROM runs r JOIN workflows w ON w.id = r.workflow_id WHERE w.name = $1 ORDER BY r.trigger`,
    [name],
  );

/** Lets a schedule have been due for so many seconds. */
export async function planBefore(api: ApiHarness, name: string, seconds: number): Promise<void> {
  await api.query(
    `UPDATE schedules SET next_at = date_trunc('second', clock_timestamp()) - make_interval(secs => $2)
     WHERE workflow_id = (SELECT id FROM workflows WHERE name = $1)`,
    [name, seconds],
  );
  api.app.get(ScheduleSweeper, { strict: false }).look();
}

export const endRun = (api: ApiHarness, id: string | undefined) =>
  api.query(`UPDATE runs SET status = 'completed', ended_at = clock_timestamp() WHERE id = $1`, [id]);

/** Waits for the answer of a question that the sweeper of the process changes. */
export const until = async <T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
