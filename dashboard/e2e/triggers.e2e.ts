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
import { applyWorkflow, WAITS } from './hub-data.js';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
/** Where pictures of the pages are left, for people; absent: none are taken. */
const PICTURES = process.env.TUTTI_TEST_PICTURES;

interface Trigger {
  state: string;
  runsStarted: number;
  records: { dead: number };
  places: { waiting: number };
}

/** Triggers on a real Kafka, in a real browser. */
describe('triggers in the dashboard', () => {
  const folder = temporaryFolder();
  let hub: HubProcess;
  let browser: Browser;
  let page: Page;
  let faults: string[];
  let broker: TestKafka;
  let producer: Producer;
  let topic: string;

  beforeAll(async () => {
    broker = await testKafka();
    const prefix = broker.prefix.slice(0, -1);
    topic = `${prefix}.invoices`;
    const kafka = new Kafka({ brokers: broker.bootstrap.split(','), logLevel: logLevel.NOTHING });
    producer = kafka.producer();
    const admin = kafka.admin();
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
    await admin.disconnect();
    [hub, browser] = await Promise.all([
      HubProcess.start(folder.path, ['--no-examples', '--kafka-brokers', broker.bootstrap], {
        TUTTI_KAFKA_PREFIX: prefix,
        TUTTI_KAFKA_PARTITIONS: '2',
      }),
      launch(CHROMIUM),
    ]);
    ({ page, faults } = await openWatchedPage(browser));
    await applyWorkflow(hub, WAITS);
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
  const trigger = async (name: string) =>
    (await hub.call('GET', `/v1/triggers/${name}`)).body as unknown as Trigger;
  const documentOf = (name: string, more = '') => `kind: Trigger
metadata: { name: ${name} }
spec:
  workflow: { namespace: checks, name: waits }
  kafka: { topic: ${topic}, from: earliest }
  filter: '.value.type == "invoice"'
  input: '{ invoice: .value.id }'
  concurrency: 2
${more}`;
  async function type(text: string): Promise<void> {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(text);
  }
  async function picture(name: string): Promise<void> {
    if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png` });
  }

  it('explains what triggers are while there is none', async () => {
    await open('/triggers');
    await page.getByText('No trigger yet').waitFor();
    await page.getByText('npx tutti apply -f trigger.yaml').waitFor();
  });

  it('refuses a document with errors, with the place, and applies a right one', async () => {
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'New trigger' });
    await dialog.waitFor();
    await type(documentOf('invoices', '  oder: key'));
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/Unknown property "oder"/)
      .first()
      .waitFor();
    await type(documentOf('invoices'));
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/\/triggers\/invoices$/);
    await page.getByRole('heading', { name: 'invoices' }).waitFor();
  });

  it('shows what became of the records, and what waits', async () => {
    const values = ['{', { type: 'note' }, ...[1, 2, 3].map((id) => ({ type: 'invoice', id }))];
    await producer.send({
      topic,
      messages: values.map((value) => ({ value: typeof value === 'string' ? value : JSON.stringify(value) })),
    });
    await eventually(async () => {
      const { runsStarted, records, places } = await trigger('invoices');
      return runsStarted === 3 && records.dead === 1 && places.waiting === 1;
    }, 60_000);
    await open('/triggers/invoices');
    await page.getByText('2 of 2 under way, 1 waiting').waitFor();
    await page.getByText('Look at the 1 dead letter').waitFor();
    await page.getByRole('table', { name: 'Partitions' }).locator('tbody tr').nth(2).waitFor();
    await page.locator('[data-status="ready"]').waitFor();
  });

  it('says on its page why a run waits', async () => {
    const { body } = await hub.call('GET', '/v1/runs?status=pending');
    const [run] = (body as unknown as { items: { id: string }[] }).items;
    await open(`/runs/${run?.id}`);
    await page.getByText('This run waits for a place: 2 of 2 runs of this trigger are under way.').waitFor();
  });

  it('changes a document, pauses it and lets it go on', async () => {
    await open('/triggers/invoices');
    await type(documentOf('invoices').replace('concurrency: 2', 'concurrency: 5'));
    await page.getByText('Changed, not applied yet').waitFor();
    await button('Apply').click();
    await page.getByText('Applied as version 2').waitFor();
    await page.getByText('3 of 5 under way, 0 waiting').waitFor();
    await button('Pause').click();
    await page.getByText('The trigger is paused.').waitFor();
    expect((await trigger('invoices')).state).toBe('paused');
    await button('Resume').click();
    await page.getByRole('table', { name: 'Partitions' }).waitFor();
  });

  it('says what keeps a trigger from working', async () => {
    const text = documentOf('missing').replace(`topic: ${topic}`, 'connection: nowhere, topic: x');
    await hub.call('PUT', '/v1/triggers', { text });
    await open('/triggers/missing');
    await page.getByRole('alert').getByText('There is no connection "nowhere"').waitFor();
    await open('/triggers');
    await page.locator('[data-status="failing"]').waitFor();
  });

  it.each(['light', 'dark'] as const)('axe finds nothing on these pages, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const found: string[] = [];
    for (const path of ['/triggers', '/triggers/invoices', '/triggers/missing', '/triggers/none']) {
      await open(path);
      await picture(`${path.slice(1).replace('/', '-')}-${colorScheme}`);
      const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
      const { violations } = await axe.analyze();
      found.push(...violations.map(({ id, nodes }) => `${path}: ${id} ${nodes[0]?.html}`));
    }
    expect(found).toEqual([]);
  });

  it('is removed only after a question', async () => {
    await open('/triggers/missing');
    await button('Remove').click();
    await button('Keep it').click();
    await button('Remove').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.waitForURL(/\/triggers$/);
    expect((await hub.call('GET', '/v1/triggers/missing')).status).toBe(404);
  });

  it('no page broke its content security policy or threw', () => expect(faults).toEqual([]));
});
