import { AxeBuilder } from '@axe-core/playwright';
import { eventually, type TestKafka, testKafka } from '@tutti/testing';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import type { Browser, Locator, Page } from 'playwright-core';
import {
  endLeftDatabase,
  HubProcess,
  temporaryFolder,
} from '../../services/standalone/src/testing/hub-process.js';
import { deleteTopics } from '../../services/standalone/src/testing/kafka-topics.js';
import { launch, openWatchedPage, settled } from './browser.js';
import { applyWorkflow, startRun, WAITS } from './hub-data.js';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

interface Letter {
  id: string;
  reason: string;
  status: string;
  redrives: number;
  resolvedBy: string | null;
}

/** Dead letters of a real Kafka and the system, in a real browser. */
describe('the dashboard on Kafka', () => {
  const folder = temporaryFolder();
  let hub: HubProcess;
  let browser: Browser;
  let page: Page;
  let faults: string[];
  let broker: TestKafka;
  let producer: Producer;
  let prefix: string;
  let waiting: string;

  beforeAll(async () => {
    broker = await testKafka();
    prefix = broker.prefix.slice(0, -1);
    producer = new Kafka({
      brokers: broker.bootstrap.split(','),
      logLevel: logLevel.NOTHING,
    }).producer();
    const args = ['--no-examples', '--kafka-brokers', broker.bootstrap];
    [hub, browser] = await Promise.all([
      HubProcess.start(folder.path, args, { TUTTI_KAFKA_PREFIX: prefix, TUTTI_KAFKA_PARTITIONS: '2' }),
      launch(CHROMIUM),
      producer.connect(),
    ]);
    ({ page, faults } = await openWatchedPage(browser));
    await applyWorkflow(hub, WAITS);
    waiting = (await startRun(hub, 'checks/waits')).id;
    await page.goto(hub.signIn);
    await page.waitForURL((url) => url.pathname === '/');
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.end('SIGTERM');
    await producer?.disconnect();
    await deleteTopics(broker);
    await endLeftDatabase(folder.path);
    folder.remove();
  });

  async function open(path: string): Promise<void> {
    await page.goto(hub.dashboard + path);
    await settled(page);
  }
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
  const letters = async (query = ''): Promise<Letter[]> => {
    const { body } = await hub.call('GET', `/v1/dead-letters${query}`);
    return (body as unknown as { items: Letter[] }).items;
  };
  /** Publishes what the hub cannot handle, and waits until it is kept. */
  async function publish(values: string[]): Promise<void> {
    const before = (await letters()).length;
    const messages = values.map((value) => ({ key: waiting, value }));
    await producer.send({ topic: `${prefix}.run-inbox.v1`, messages });
    await eventually(async () => (await letters()).length === before + values.length, 30_000);
  }
  const due = (more: object = {}) => JSON.stringify({ kind: 'run.due', runId: waiting, ...more });
  async function type(text: string): Promise<void> {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(text);
  }
  const statusOf = async (id: string) => (await letters(`?q=${id}`))[0]?.status;

  it('explains what dead letters are while there is none', async () => {
    await open('/dead-letters');
    await page.getByText('Every message could be handled').waitFor();
    await page.getByText('npx tutti dead-letters list').waitFor();
  });

  it('shows what could not be handled, and filters it', async () => {
    await publish(['{"kind":"run.due",', '{"kind":"run.due","runId":7}', '{"kind":"run.forgotten"}']);
    await open('/dead-letters');
    const rows = page.locator('tbody tr');
    await rows.nth(2).waitFor();
    await page.getByLabel('Reason').selectOption('unknown-kind');
    await page.waitForURL(/reason=unknown-kind/);
    await rows.getByText('run.forgotten').waitFor();
    await rows.nth(1).waitFor({ state: 'detached' });
    await page.getByLabel('Search dead letters').fill('nothing-has-this');
    await page.getByText('No dead letter matches').waitFor();
    await button('Clear the filters').click();
    await rows.nth(2).waitFor();
  });

  it('refuses an edit that the topic does not take, with the place, and keeps what was typed', async () => {
    const [letter] = (await letters(`?status=open&q=${encodeURIComponent('"runId":7')}`)) as [Letter];
    await open(`/dead-letters/${letter.id}`);
    await page.getByText('A redrive would be refused now.').waitFor();
    await type('{"kind": "run.due", "runId": "not-an-id"}');
    await button('Save and redrive').click();
    await page.getByRole('alert').getByText('/runId').waitFor();
    expect(await page.locator('.cm-content').textContent()).toContain('not-an-id');
    expect(await statusOf(letter.id)).toBe('open');
  });

  it('shows the difference, and sends the edited message', async () => {
    const [letter] = (await letters(`?status=open&q=${encodeURIComponent('"runId":7')}`)) as [Letter];
    await open(`/dead-letters/${letter.id}`);
    await type(due());
    const difference = page.locator('[data-difference]');
    await difference.getByText('/runId').waitFor();
    expect(await difference.textContent()).toContain(waiting);
    await button('Save and redrive').click();
    await page.getByText('Redriven: the bus has the message').waitFor();
    await page.locator('[data-status="redriven"]').waitFor();
    expect((await letters(`?q=${letter.id}`))[0]).toMatchObject({
      status: 'redriven',
      redrives: 1,
      resolvedBy: expect.any(String),
    });
    await page.getByRole('link', { name: 'waits, waiting' }).waitFor();
  });

  it('discards one only after a question, and opens it again when that is undone', async () => {
    const [letter] = (await letters('?status=open&reason=unknown-kind')) as [Letter];
    await open(`/dead-letters/${letter.id}`);
    await page.keyboard.press('D');
    await button('Keep it open').click();
    expect(await statusOf(letter.id)).toBe('open');
    await button(/^Discard/).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.locator('[data-status="discarded"]').waitFor();
    await button(/Undo/).click();
    await page.locator('[data-status="open"]').waitFor();
    expect(await statusOf(letter.id)).toBe('open');
  });

  it('does many at once: chosen with keys, planned, discarded, undone', async () => {
    await open('/dead-letters');
    await page.locator('tbody tr').nth(1).waitFor();
    await page.keyboard.press('a');
    await page.getByText('2 letters chosen').waitFor();
    await page.keyboard.press('D');
    const dialog = page.getByRole('dialog', { name: 'Discard 2 letters?' });
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('2 letters discarded').waitFor();
    await page.getByText('Every message could be handled').waitFor();
    await button(/Undo/).click();
    await page.locator('tbody tr').nth(1).waitFor();
    expect(await letters('?status=open')).toHaveLength(2);
  });

  it('says before a bulk redrive what will stay open', async () => {
    await open('/dead-letters');
    await page.locator('tbody tr').nth(1).waitFor();
    await page.keyboard.press('R');
    const dialog = page.getByRole('dialog', { name: 'Redrive 2 letters?' });
    await dialog.getByText('2 letters cannot be sent as they are').waitFor();
    expect(await dialog.getByRole('button', { name: 'Redrive' }).isDisabled()).toBe(true);
  });

  it('shows the system with its process, its topics and what to look at', async () => {
    await open('/system');
    await page.getByText(/2 dead letters are open/).waitFor();
    const row = page.getByRole('table', { name: /^Processes of/ }).locator('tbody tr');
    await row.getByText('kafka').waitFor();
    await page.getByRole('table', { name: 'Topics' }).getByText('tutti.run-inbox.v1').waitFor();
    await page.getByText('Counted since the start').click();
    await page.getByText('messages that became dead letters').waitFor();
  });

  it.each(['light', 'dark'] as const)('axe finds nothing on these pages, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const [letter] = (await letters('?status=open')) as [Letter];
    const [sent] = (await letters('?status=redriven')) as [Letter];
    const found: string[] = [];
    const paths = [
      '',
      '?status=all',
      '?q=nothing-has-this',
      `/${letter.id}`,
      `/${sent.id}`,
      '/no-such-letter',
    ];
    for (const path of [...paths.map((each) => `/dead-letters${each}`), '/system']) {
      await open(path);
      const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
      const { violations } = await axe.analyze();
      found.push(...violations.map(({ id, nodes }) => `${path}: ${id} ${nodes[0]?.html}`));
    }
    expect(found).toEqual([]);
  });

  it('no page broke its content security policy or threw', () => expect(faults).toEqual([]));
});
