import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, startTryton, type TestTryton } from '@tutti/testing';
import { request } from 'undici';
import { endLeftDatabase, HubProcess, temporaryFolder } from './testing/hub-process.js';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');
const INVOICES = join(EXAMPLES, 'invoice-processing', 'documents');
/** The policies of the example, one in each document. */
const POLICIES = readFileSync(join(EXAMPLES, 'invoice-on-tryton', 'policies.yaml'), 'utf8')
  .split('---\n')
  .slice(1);

interface Run {
  id: string;
  status: string;
  output: Record<string, unknown>;
  error: unknown;
}

describe('the invoice example on a Tryton', () => {
  const folder = temporaryFolder();
  let tryton: TestTryton;
  let hub: HubProcess;

  beforeAll(async () => {
    tryton = await startTryton();
    hub = await HubProcess.start(join(folder.path, 'data'), ['--no-dashboard']);
  }, 600_000);
  afterAll(async () => {
    await hub?.end('SIGTERM');
    await endLeftDatabase(join(folder.path, 'data'));
    await tryton?.stop();
    folder.remove();
  });

  async function put(path: string, options: { text?: string; body?: unknown }): Promise<void> {
    const { status, body } = await hub.call('PUT', path, options);
    if (status >= 300) throw new Error(`${path}: ${JSON.stringify(body)}`);
  }

  async function process(file: string): Promise<Run> {
    const answer = await request(`${hub.api}/v1/artifacts?name=${file}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/pdf' },
      body: readFileSync(join(INVOICES, file)),
    });
    return runTo('finance/invoice', { document: await answer.body.json() });
  }

  /** The run once it has ended or waits for a person. */
  async function runTo(workflow: string, input: object): Promise<Run> {
    const { status, body } = await hub.call('POST', `/v1/workflows/${workflow}/runs`, { body: input });
    expect([status, body]).toEqual([202, expect.anything()]);
    return eventually(async () => {
      const { body: run } = await hub.call('GET', `/v1/runs/${String(body?.id)}`);
      return run?.status === 'running' ? undefined : (run as unknown as Run);
    }, 300_000);
  }

  /** What one field of all records of a model says. */
  const inTryton = async (model: string, field: string) =>
    ((await tryton.rpc(`model.${model}.search_read`, [], 0, null, null, [field], {})) as object[]).map(
      (record) => Reflect.get(record, field),
    );

  it('goes from the sandbox to Tryton by a change of the policies alone', async () => {
    const own = { missingProducts: 'create', vatIdentifier: 'unchecked' };
    await put('/v1/connections/tryton', {
      body: { plugin: 'erp-tryton', settings: { ...tryton.settings, ...own } },
    });
    for (const text of POLICIES) await put('/v1/policies', { text });
    expect(await runTo('finance/invoice-seed', {})).toMatchObject({ status: 'completed', error: null });
    // The sandbox has this invoice already, from the hub's first start; Tryton has not.
    const run = await process('01-brenner-facturx.pdf');
    expect(run).toMatchObject({ status: 'completed', output: { status: 'paid' } });
    expect(await inTryton('account.payment', 'state')).toEqual(['succeeded']);
    const dearer = await process('04-brenner-wrong-price.pdf');
    expect(dearer.status).toBe('waiting');
    expect(await process('01-brenner-facturx.pdf')).toMatchObject({ output: { status: 'rejected' } });
    expect(await inTryton('account.payment', 'state')).toEqual(['succeeded']);
  }, 600_000);
});
