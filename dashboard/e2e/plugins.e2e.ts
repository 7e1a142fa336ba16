import { AxeBuilder } from '@axe-core/playwright';
import { eventually, pluginTarball, testPluginModule } from '@tutti/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import {
  endLeftDatabase,
  HubProcess,
  temporaryFolder,
} from '../../services/standalone/src/testing/hub-process.js';
import { launch, openWatchedPage, settled } from './browser.js';
import { applyWorkflow, type Review, type Run, startRun } from './hub-data.js';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
/** Where pictures of the pages are left, for people; absent: none are taken. */
const PICTURES = process.env.TUTTI_TEST_PICTURES;
const NAME = 'util-sizer';
const STATE_MS_MAX = 60_000;

/** Waits for a person, and then calls the plugin. */
const SIZES = `
document: { dsl: '1.0.3', namespace: checks, name: sizes, version: '1.0.0' }
timeout: { after: PT1H }
do:
  - ask: { call: 'human.review:1@default', with: { title: Go on?, because: It is a test., data: { go: true } } }
  - size: { call: 'util.size:1@default', with: {} }`;

/** A connector of somebody else: what it calls, only the settings of its connections say. */
const FAR = `import { z } from 'zod';
export default {
  contract: 1,
  name: 'util-far',
  kind: 'util',
  settings: z.object({ baseUrl: z.url() }),
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: ({ baseUrl }) => ({ baseUrl }),
  capabilities: {
    'util.far': {
      summary: 'Look far.',
      effect: 'read',
      input: z.object({}),
      output: z.object({}),
      async run({ http }) {
        await http.get('/');
        return {};
      },
    },
  },
};
`;
const LOOKS_FAR = `
document: { dsl: '1.0.3', namespace: checks, name: looks-far, version: '1.0.0' }
do: [ { look: { call: 'util.far:1@default', with: {} } } ]`;

/** A plugin from a tarball to its removal, in a real browser against a real hub that is killed once. */
describe('plugins', () => {
  const folder = temporaryFolder();
  let hub: HubProcess;
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    [hub, browser] = await Promise.all([HubProcess.start(folder.path, ['--no-examples']), launch(CHROMIUM)]);
    ({ page, faults } = await openWatchedPage(browser));
    await page.goto(hub.signIn);
    await page.waitForURL((url) => url.pathname === '/');
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.end('SIGTERM');
    await endLeftDatabase(folder.path);
    folder.remove();
  });

  const tarball = (version: string) =>
    pluginTarball({
      name: `@acme/${NAME}`,
      version,
      module: testPluginModule(NAME, `n: ${version.split('.')[0]}`),
    });
  async function open(path: string): Promise<void> {
    await page.goto(hub.dashboard + path);
    await settled(page);
  }
  async function picture(name: string): Promise<void> {
    if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  }
  const dialog = (): Locator => page.getByRole('dialog');
  const stateOf = async (version: string): Promise<string | undefined> => {
    const { body } = await hub.call('GET', `/v1/plugins/packages/${NAME}/versions/${version}`);
    return body?.['state'] as string | undefined;
  };
  const untilState = (version: string, state: string) =>
    eventually(async () => (await stateOf(version)) === state, STATE_MS_MAX);
  async function upload(version: string): Promise<void> {
    await page.getByLabel('Tarball of a plugin').setInputFiles({
      name: `${NAME}-${version}.tgz`,
      mimeType: 'application/gzip',
      buffer: tarball(version),
    });
    await page.getByText(`${NAME} ${version} is here`).waitFor();
    await untilState(version, 'proposed');
  }
  async function approve(version: string): Promise<void> {
    await page.getByRole('button', { name: `${NAME} ${version}` }).click();
    await dialog().getByRole('button', { name: 'Make it the active version' }).click();
    await dialog().waitFor({ state: 'detached' });
    await untilState(version, 'active');
  }
  /** Hands a tarball in, as the command line does. */
  async function handIn(bytes: Buffer): Promise<void> {
    const sent = await fetch(`${hub.api}/v1/plugins/packages/tarball`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/gzip' },
      body: new Uint8Array(bytes),
    });
    expect(sent.status).toBe(201);
  }
  /** What axe finds on the page that is open. */
  async function violations(): Promise<string[]> {
    const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
    return (await axe.analyze()).violations.map(({ id, nodes }) => `${page.url()}: ${id} ${nodes[0]?.html}`);
  }
  /** Lets a run go on, and gives what the plugin answered in it. */
  async function outputOf(run: Run): Promise<unknown> {
    const { id } = await eventually(async () => {
      const { body } = await hub.call('GET', '/v1/reviews?status=open');
      return (body as unknown as { items: (Review & { runId: string })[] }).items.find(
        ({ runId }) => runId === run.id,
      );
    }, STATE_MS_MAX);
    const { token } = (await hub.call('GET', `/v1/reviews/${id}`)).body as unknown as Review;
    const body = { decision: 'approve', token };
    expect((await hub.call('POST', `/v1/reviews/${id}/decision`, { body })).status).toBe(200);
    return eventually(async () => {
      const ended = (await hub.call('GET', `/v1/runs/${run.id}`)).body as unknown as Run & {
        output: unknown;
      };
      if (ended.status === 'faulted') throw new Error(JSON.stringify(ended));
      return ended.status === 'completed' ? ended.output : undefined;
    }, STATE_MS_MAX);
  }
  const inWorkflow = async () => outputOf(await startRun(hub, 'checks/sizes'));

  it('are installed from a tarball, looked at and approved, and tried out over a connection', async () => {
    await open('/plugins');
    await upload('1.0.0');
    await picture('catalog');
    await approve('1.0.0');
    const settings = { plugin: NAME, settings: { size: 7 } };
    expect((await hub.call('PUT', '/v1/connections/sizer', { body: settings })).status).toBe(200);
    await open(`/plugins/${NAME}`);
    await page.getByRole('button', { name: 'Try it: util.size' }).click();
    await dialog().getByRole('button', { name: 'Call it once' }).click();
    await dialog().getByRole('group', { name: 'output' }).waitFor();
    await picture('trial');
    await page.keyboard.press('Escape');
    await applyWorkflow(hub, SIZES);
    expect(await inWorkflow()).toEqual({ n: 1 });
  });

  it('serve runs under way with their version after an upgrade, and the next after a roll-back', async () => {
    const before = await startRun(hub, 'checks/sizes');
    await open('/plugins');
    await upload('2.0.0');
    await approve('2.0.0');
    expect(await outputOf(before)).toEqual({ n: 1 });
    await applyWorkflow(hub, SIZES.replace("version: '1.0.0'", "version: '2.0.0'"));
    expect(await inWorkflow()).toEqual({ n: 2 });
    const rolledBack = await hub.call('POST', `/v1/plugins/packages/${NAME}/rollback`);
    expect(rolledBack.body).toMatchObject({ version: '1.0.0', state: 'active' });
    expect(await inWorkflow()).toEqual({ n: 1 });
  });

  it('have a page that axe finds nothing on, tab by tab', async () => {
    const found: string[] = [];
    for (const tab of ['capabilities', 'permissions', 'versions', 'log', 'used']) {
      await open(`/plugins/${NAME}?tab=${tab}`);
      await page.getByRole('tabpanel').locator('section').first().waitFor();
      await picture(`plugin-${tab}`);
      found.push(...(await violations()));
    }
    expect(found).toEqual([]);
    await open('/plugins/util-nobody-has');
    await page.getByText('There is no plugin util-nobody-has').waitFor();
    expect(faults).toEqual([]);
  });

  it('have connections, made on their page, with what they did and whose they are', async () => {
    await open(`/plugins/${NAME}`);
    await page.getByRole('button', { name: 'New connection' }).click();
    await dialog().getByLabel('Name').fill('sizer-two');
    await dialog().locator('[data-field="/size"] input').fill('8');
    await dialog().locator('[data-field="/key"] input').fill('canary-key-1');
    await dialog().getByLabel('Environment').fill('test');
    await dialog().getByRole('button', { name: 'Make the connection' }).click();
    await page.waitForURL(/\/connections\/sizer-two$/);
    await page.getByRole('button', { name: 'Replace Key' }).waitFor();
    await page.getByRole('button', { name: /^Test/ }).click();
    await page.getByText('The test succeeded').waitFor();
    await page.getByRole('list', { name: 'Last tests' }).waitFor();
    const path = '/v1/connections/sizer-two';
    const body = { connection: 'sizer-two' };
    await hub.call('POST', `/v1/plugins/${NAME}/capabilities/util.size/try`, { body });
    const calls = async () => (await hub.call('GET', path)).body?.['recent'] as unknown as { calls: number };
    await eventually(async () => (await calls()).calls === 1, STATE_MS_MAX);
    await page.locator('[data-field="/size"] input').fill('9');
    page.once('dialog', (asked) => void asked.dismiss());
    await page.getByRole('link', { name: 'Connections' }).first().click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved sizer-two').waitFor();
    expect((await hub.call('GET', path)).body).toMatchObject({
      environment: 'test',
      settings: { size: 9, key: '********' },
    });
    await open('/connections/sizer-two');
    await page.getByRole('figure', { name: /Calls by the hour/ }).waitFor();
    await picture('connection');
    expect(await violations()).toEqual([]);
    await open('/connections?environment=test');
    await page.getByRole('link', { name: 'sizer-two' }).waitFor();
    expect(await page.getByRole('link', { name: 'sizer', exact: true }).count()).toBe(0);
    await picture('connections');
  });

  it('wait with their calls until somebody has confirmed their hosts', async () => {
    const packed = { name: '@acme/util-far', version: '1.0.0' };
    await handIn(pluginTarball({ ...packed, module: FAR }));
    const version = '/v1/plugins/packages/util-far/versions/1.0.0';
    const isIn = async (state: string) => (await hub.call('GET', version)).body?.['state'] === state;
    await eventually(() => isIn('proposed'), STATE_MS_MAX);
    await hub.call('POST', `${version}/approve`, { body: {} });
    await eventually(() => isIn('active'), STATE_MS_MAX);
    const body = { plugin: 'util-far', settings: { baseUrl: 'https://far.example' } };
    expect((await hub.call('PUT', '/v1/connections/far', { body })).status).toBe(200);
    await applyWorkflow(hub, LOOKS_FAR);
    expect((await startRun(hub, 'checks/looks-far')).status).toBe('faulted');
    await open('/workflows/checks/looks-far');
    const note = page.getByRole('region', { name: 'Not everything that this workflow calls works now' });
    await note.getByRole('link', { name: 'far' }).click();
    const hosts = page.getByRole('region', { name: /Somebody has to confirm/ });
    await hosts.getByText('far.example').waitFor();
    await picture('connection-hosts');
    expect(await violations()).toEqual([]);
    await hosts.getByRole('button', { name: 'Confirm the host' }).click();
    await hosts.waitFor({ state: 'detached' });
    expect((await hub.call('GET', '/v1/connections/far/hosts')).body).toMatchObject({ waiting: [] });
    expect(faults).toEqual([]);
  });

  it('are there after a kill, that of an install under way included', async () => {
    await handIn(tarball('3.0.0'));
    await hub.end('SIGKILL');
    await endLeftDatabase(folder.path);
    hub = await HubProcess.start(folder.path);
    await untilState('3.0.0', 'proposed');
    expect(await Promise.all(['1.0.0', '2.0.0'].map(stateOf))).toEqual(['active', 'withdrawn']);
    expect(await inWorkflow()).toEqual({ n: 1 });
    const tried = await hub.call('POST', `/v1/plugins/${NAME}/capabilities/util.size/try`, {
      body: { connection: 'sizer' },
    });
    expect(tried.body).toMatchObject({ status: 'succeeded', output: { n: 1 } });
  });
});
