import { newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { RunAdmission, RunPlaces } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { TestHubDatabase, TestOrchestrator } from '../testing.js';
import { Admitter } from './admitter.js';

const workflowText = (name: string, hints: string) => `
document:
  dsl: '1.0.3'
  namespace: test
  name: ${name}
  version: '1.0.0'
  metadata: { tutti: ${hints} }
do: [ { pause: { wait: { milliseconds: 5 } } } ]`;

describe('letting waiting runs in', () => {
  let database: TestHubDatabase;
  let orchestrator: TestOrchestrator;
  let admitter: Admitter;
  let places: RunPlaces;
  let admission: RunAdmission;
  beforeAll(async () => {
    database = await TestHubDatabase.open();
    orchestrator = new TestOrchestrator(database, () => undefined);
    places = new RunPlaces(database.pool);
    admission = new RunAdmission(database.pool, places, database.store);
    admitter = new Admitter(admission, places, orchestrator.bus, orchestrator.turns);
    await orchestrator.start();
    admitter.onApplicationBootstrap();
  });
  afterAll(async () => {
    await admitter.beforeApplicationShutdown();
    await orchestrator.stop();
    await database.close();
  });

  /** Runs that wait, as the API stores them; nobody tells the orchestrator of them. */
  async function wait(name: string, hints: string, count: number): Promise<string[]> {
    const { workflowId, versionId } = await database.apply(workflowText(name, hints));
    await database.dataSource.query('UPDATE workflows SET current_version_id = $2 WHERE id = $1', [
      workflowId,
      versionId,
    ]);
    const runs = Array.from({ length: count }, () => ({
      id: uuidv7(),
      workspaceId: 'default',
      workflowId,
      workflowVersionId: versionId,
      trigger: 'test',
      traceId: newTraceId(),
      rootSpanId: newSpanId(),
      input: '{}',
      queue: '',
    }));
    await places.acceptWaiting(runs);
    return runs.map(({ id }) => id);
  }
  const endsOf = async (ids: readonly string[]) =>
    (await database.dataSource.query(
      `SELECT id FROM runs WHERE id = ANY($1::uuid[]) AND status = 'completed' ORDER BY ended_at, id`,
      [ids],
    )) as { id: string }[];

  it('finds those of whom nobody told, and has them go one after another', async () => {
    const ids = await wait('one', '{ concurrency: 1 }', 4);
    await eventually(async () => (await endsOf(ids)).length === 4);
    expect((await endsOf(ids)).map(({ id }) => id)).toEqual(ids);
    await eventually(async () => !(await places.any()));
  });

  it('lets a quiet workflow in beside a noisy one', async () => {
    const noisy = await wait('noisy', '{}', 2_000);
    const quiet = await wait('quiet', '{}', 5);
    await eventually(async () => (await endsOf(quiet)).length === 5, 60_000);
    expect((await endsOf(noisy)).length).toBeLessThan(2_000);
    await eventually(async () => (await endsOf(noisy)).length === 2_000, 90_000);
    await eventually(async () => !(await places.any()));
  }, 180_000);
});
