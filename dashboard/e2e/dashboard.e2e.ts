import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { Logger } from '@nestjs/common';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { DashboardProcess } from '../../services/standalone/src/dashboard-process.js';
import { freePort } from '../../services/standalone/src/ports.js';
import {
  endLeftDatabase,
  HubProcess,
  temporaryFolder,
} from '../../services/standalone/src/testing/hub-process.js';
import { launch, openWatchedPage, settled } from './browser.js';
import * as data from './hub-data.js';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const LOOPBACK = '127.0.0.1';

/** Pages that need nothing to be there. */
const PAGES =
  '/ /runs /runs?q=nothing-has-this-text /sign-in /settings /policies /plugins /docs /docs/limits'.split(' ');

/** The dashboard in a real browser against a real hub with the invoice example. */
describe('the dashboard', () => {
  const folder = temporaryFolder();
  let hub: HubProcess;
  let base: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let faults: string[];
  let traffic: string[];
  let paid: data.Run;

  beforeAll(async () => {
    [hub, browser] = await Promise.all([HubProcess.start(folder.path, []), launch(CHROMIUM)]);
    base = hub.dashboard;
    ({ context, page, faults, traffic } = await openWatchedPage(browser));
    for (const text of [data.WAITS, data.FAULTS, data.ASKS]) await data.applyWorkflow(hub, text);
    const [first] = await list<data.Run>('/v1/runs?workflow=finance/invoice');
    paid = await data.untilSettled(hub, (first as data.Run).id);
    for (const file of ['04-brenner-wrong-price.pdf', '06-lumen-unknown-supplier.pdf'])
      expect(await data.runInvoice(hub, file)).toMatchObject({ status: 'waiting' });
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.end('SIGTERM');
    await endLeftDatabase(folder.path);
    folder.remove();
  });

  async function list<T>(path: string): Promise<T[]> {
    const { body } = await hub.call('GET', path);
    return (body as unknown as { items: T[] }).items;
  }
  /** Asks the API through the page, as the page itself does. */
  const ask = (path: string): Promise<unknown> =>
    page.evaluate(async (url) => (await fetch(url)).json(), `/api/hub${path}`);

  async function open(path: string): Promise<void> {
    await page.goto(base + path);
    await settled(page);
  }
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
  const alert = (): Locator => page.locator('main [role="alert"], [role="dialog"] [role="alert"]').first();
  const runId = (): string => new URL(page.url()).pathname.split('/').at(-1) ?? '';
  /** A run's page, after leading there from elsewhere. */
  const untilRunPage = (other: string) =>
    page.waitForURL(({ pathname }) => /^\/runs\/[0-9a-f-]{36}$/.test(pathname) && !pathname.endsWith(other));

  describe('signing in', () => {
    it('sends a visitor to the page that says how to get a link', async () => {
      await page.goto(`${base}/runs?status=faulted`);
      expect(page.url()).toMatch(/\/sign-in\?next=/);
      expect(await page.textContent('main')).toMatch(/npx tutti sign-in/);
    });
    it('refuses a code that the hub did not give', async () => {
      await page.goto(`${base}/sign-in?code=tutti_signin_not-a-real-code-0000`);
      await page.waitForURL(/problem=link-used/);
      expect(await alert().textContent()).toMatch(/does not work any more/);
    });
    it('lets the link in once, with a cookie that scripts cannot read', async () => {
      await page.goto(hub.signIn);
      await page.waitForURL((url) => url.pathname === '/');
      const cookie = (await context.cookies()).find(({ name }) => name === 'tutti_session');
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
      expect(await page.evaluate(() => document.cookie)).not.toContain('tutti_session');
      const second = await browser.newContext();
      const other = await second.newPage();
      await other.goto(hub.signIn);
      await other.waitForURL(/problem=link-used/);
      await second.close();
    });
    it('refuses a write that another site sends', async () => {
      const answer = await context.request.post(`${base}/api/hub/v1/sign-in-links`, {
        headers: { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
      });
      expect(answer.status()).toBe(403);
    });
  });

  describe('the pages', () => {
    it('the overview counts runs and shows reviews and AI systems', async () => {
      await open('/');
      for (const label of ['Runs started', 'Success', 'Median cycle time', 'Waiting reviews', 'AI systems'])
        await page.getByText(label, { exact: true }).first().waitFor();
      await page.getByRole('figure', { name: /Runs by outcome/ }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
    });
    it('filters of the runs live in the address and outlast a reload', async () => {
      await open('/runs');
      await button('Completed').click();
      await page.waitForURL(/status=completed/);
      await page.reload();
      expect(await button('Completed').getAttribute('aria-pressed')).toBe('true');
      await page.locator('tbody tr').first().waitFor();
      const shown = page.locator('tbody [data-status]');
      const states = await shown.evaluateAll((all) => all.map((each) => each.getAttribute('data-status')));
      expect([...new Set(states)]).toEqual(['completed']);
      await page.getByLabel('Search runs').fill('no-run-has-this-text');
      await page.waitForURL(/q=no-run-has-this-text/);
      await page.getByText('No run matches').waitFor();
    });
    it('a run shows its graph with states, timeline, trace, journal, input and output', async () => {
      await open(`/runs/${paid.id}`);
      const marked = '.react-flow__node [data-status], .react-flow__node svg.text-ok';
      await page.locator(marked).first().waitFor();
      const row = (parent: Locator) => parent.locator('[role="row"]').nth(1);
      await row(page.getByRole('table', { name: 'Tasks over time' })).waitFor();
      await page.getByRole('tab', { name: 'Trace' }).click();
      await row(page.getByRole('treegrid', { name: 'Spans' })).click();
      await page.getByText('Attributes', { exact: true }).waitFor();
      await page.getByRole('tab', { name: /Journal/ }).click();
      await page.getByText('Run completed', { exact: true }).waitFor();
      await page.getByRole('tab', { name: 'Input and output' }).click();
      await page.getByRole('group', { name: 'output' }).waitFor();
      expect(page.url()).toMatch(/tab=data/);
    });
    it('a run that is not there says so and shows the way back', async () => {
      await page.goto(`${base}/runs/0199f3a2-1111-7222-8333-4444abcd1234`);
      await page.getByText('There is no such run').waitFor();
    });
    it('the inventory shows a foreign application that reported a model call', async () => {
      expect(await data.sendSpans(hub, data.foreignSpan('support-bot', 'gpt-5-mini'))).toBe(200);
      await open('/inventory?managed=false');
      await page.getByRole('button', { name: /support-bot/ }).waitFor();
      const row = page.locator('tbody tr', { hasText: 'gpt-5-mini' });
      await row.getByText('Unmanaged').waitFor();
      await row.getByText(/^1[.,]5\s?k$/i).waitFor();
    });
  });

  describe('keys', () => {
    it('lead to places, show the help, and search', async () => {
      await open('/');
      await page.keyboard.press('g');
      await page.keyboard.press('r');
      await page.waitForURL(/\/runs$/);
      await settled(page);
      await page.keyboard.press('/');
      const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      expect(focused).toBe('Search runs');
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.locator('tbody tr').first().waitFor();
      await page.keyboard.press('j');
      await page.locator('tbody tr[data-active="true"]').waitFor();
      await page.keyboard.press('Enter');
      await untilRunPage('nowhere');
    });
    it('the first Tab stop skips to the content', async () => {
      await open('/');
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    });
  });

  describe('a run', () => {
    it('is started with a file from its dialog', async () => {
      await open('/workflows/finance/invoice');
      await page.getByRole('main').getByRole('button', { name: 'Run', exact: false }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog
        .locator('input[type="file"]')
        .setInputFiles(join(data.DOCUMENTS, '01-brenner-facturx.pdf'));
      await dialog.getByRole('link', { name: /01-brenner-facturx.pdf/ }).waitFor();
      await dialog.getByRole('button', { name: 'Start the run' }).click();
      await untilRunPage('nowhere');
      // The hub has paid this invoice at its first start, so the run ends by itself and pays nothing.
      expect(await data.untilSettled(hub, runId())).toMatchObject({ status: 'completed' });
      await page.getByRole('tab', { name: 'Input and output' }).click();
      await page.getByText('"rejected"').first().waitFor();
    });
    it('that faulted says why, and is retried from the task on', async () => {
      const faulted = await data.startRun(hub, 'checks/faults');
      expect(faulted.status).toBe('faulted');
      await open(`/runs/${faulted.id}`);
      await page.getByRole('alert').getByText('This workflow always refuses.').waitFor();
      const timeline = page.getByRole('table', { name: 'Tasks over time' });
      await timeline.getByRole('button', { name: 'refuse' }).click();
      await button('Retry from here').click();
      await page.getByRole('dialog', { name: 'Retry from refuse?' }).waitFor();
      await button('Start the retry').click();
      await untilRunPage(faulted.id);
      await page.getByText('Retry of', { exact: true }).waitFor();
      expect(await data.untilSettled(hub, runId())).toMatchObject({ retryOf: faulted.id, status: 'faulted' });
    });
    it('is cancelled only after a confirmation, and keeps the reason', async () => {
      const waiting = await data.startRun(hub, 'checks/waits');
      await open(`/runs/${waiting.id}`);
      await button('Cancel').click();
      await button('Keep it running').click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await data.untilSettled(hub, waiting.id)).toMatchObject({ status: 'waiting' });
      await page.keyboard.press('C');
      await page.getByLabel('Why').fill('not needed any more');
      await button('Cancel the run').click();
      await page.locator('h1 ~ * [data-status="cancelled"], [data-status="cancelled"]').first().waitFor();
      await page.getByRole('tab', { name: /Journal/ }).click();
      await page.getByText('not needed any more').first().waitFor();
    });
  });

  describe('a connection', () => {
    it('is made, saved, tested and removed', async () => {
      await open('/connections');
      await button(/New connection/).click();
      const dialog = page.getByRole('dialog', { name: 'New connection' });
      await dialog.getByLabel('Plugin').selectOption('doc-ocr');
      await dialog.getByLabel('Name').fill('Second OCR');
      await button('Make the connection').click();
      await dialog.getByText(/small letters, digits and hyphens/).waitFor();
      await dialog.getByLabel('Name').fill('second-ocr');
      await button('Make the connection').click();
      await page.waitForURL(/\/connections\/second-ocr$/);
      await page.locator('[data-field="/textLayer"] select').selectOption({ label: 'ignore' });
      await page.getByText('1 setting changed').waitFor();
      await button('Save').click();
      await page.getByText('Saved second-ocr').waitFor();
      await page.getByText('Nothing changed').waitFor();
      expect(await ask('/v1/connections/second-ocr')).toMatchObject({ settings: { textLayer: 'ignore' } });
      await page.getByLabel('Calls at once').fill('0');
      await page.getByText('A whole number from 1 to 1024.').waitFor();
      await page.getByLabel('Calls at once').fill('2');
      await page.getByLabel('Calls at most').fill('60');
      await button('Save').click();
      await page.getByText('at most 2 calls at once, 60 a minute').waitFor();
      expect(await ask('/v1/connections/second-ocr')).toMatchObject({
        settings: { textLayer: 'ignore' },
        limits: { concurrency: 2, rateLimit: { requests: 60, perMs: 60_000 } },
      });
      await button(/^Test/).click();
      await page.getByText('The test succeeded').waitFor();
      await button('Remove').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.waitForURL(/\/connections$/);
      await page.getByRole('link', { name: 'second-ocr' }).waitFor({ state: 'detached' });
      expect((await hub.call('GET', '/v1/connections/second-ocr')).status).toBe(404);
    });
  });

  describe('a review', () => {
    const editable = 'input:not([type="checkbox"]):not([type="date"]):enabled';
    const firstField = () => page.locator(`[data-review-form] [data-field] ${editable}`).first();
    const decisionOf = ({ id }: data.Review) =>
      page.waitForResponse((response) => response.url().endsWith(`/v1/reviews/${id}/decision`));
    const openReviews = () => list<data.Review>('/v1/reviews?status=open');

    it('is not decided when the decision is undone', async () => {
      const [review] = (await openReviews()) as [data.Review];
      await open(`/reviews?review=${review.id}`);
      const old = await firstField().inputValue();
      await firstField().fill('E2E-4711');
      expect(await page.locator('[data-edited]').first().textContent()).toContain(`was ${old}`);
      await firstField().press('Escape');
      await page.keyboard.press('a');
      await button('Undo').click();
      expect(await ask(`/v1/reviews/${review.id}`)).toMatchObject({ status: 'open' });
    });
    it('is approved with an edited field, and keeps both values', async () => {
      const [review] = (await openReviews()) as [data.Review];
      await open(`/reviews?review=${review.id}`);
      await firstField().fill('E2E-4711');
      await page.getByLabel('Comment').fill('checked by the browser test');
      const sent = decisionOf(review);
      await button(/Approve with edits/).click();
      expect((await sent).status()).toBe(200);
      expect(await ask(`/v1/reviews/${review.id}`)).toMatchObject({
        status: 'approved',
        decision: { comment: 'checked by the browser test', edits: [{ after: 'E2E-4711' }] },
      });
      await open(`/reviews?status=decided&review=${review.id}`);
      await page.locator('[data-edited]').first().waitFor();
    });
    it('that somebody else decided meanwhile says so, and keeps the first decision', async () => {
      const run = await data.startRun(hub, 'checks/asks');
      const [{ id }] = (await list<data.Review>(`/v1/reviews?status=open&runId=${run.id}`)) as [data.Review];
      const review = (await hub.call('GET', `/v1/reviews/${id}`)).body as unknown as data.Review;
      await open(`/reviews?review=${id}`);
      const sent = decisionOf(review);
      await button(/^Approve/).click();
      const first = { token: review.token, decision: 'reject', comment: 'by the API' };
      expect((await hub.call('POST', `/v1/reviews/${id}/decision`, { body: first })).status).toBe(200);
      expect((await sent).status()).toBe(409);
      await page.getByText(/“Is it true\?” was not decided/).waitFor();
      await open(`/reviews?status=decided&review=${id}`);
      await page.getByText('“by the API”').waitFor();
    });
  });

  describe('accessibility', () => {
    async function paths(): Promise<string[]> {
      const [workflow] = await list<{ namespace: string; name: string }>('/v1/workflows?q=invoice');
      const run = `/runs/${paid.id}`;
      const of = `/workflows/${workflow?.namespace}/${workflow?.name}`;
      // Pages, one run, one workflow, lists: a line each.
      return [
        PAGES,
        [run, `${run}?tab=trace`, `${run}?tab=journal`, `${run}?tab=data`, `/traces/${paid.traceId}`],
        ['/workflows', of, `${of}?tab=graph`, `${of}?tab=yaml`, `${of}?tab=versions`],
        ['/reviews', '/reviews?status=decided', '/inventory', '/traces', '/connections', '/connections/erp'],
      ].flat();
    }
    it.each(['light', 'dark'] as const)(
      'axe finds nothing on any page, %s',
      async (colorScheme) => {
        await page.emulateMedia({ colorScheme });
        const found: string[] = [];
        for (const path of await paths()) {
          await open(path);
          // The document of a review is shown by the browser's own viewer, which is not ours to judge.
          // In the page itself and without what passed, because that takes a quarter of the time.
          const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
          const { violations } = await axe.exclude('iframe').analyze();
          found.push(...violations.map(({ id, nodes }) => `${path}: ${id} ${nodes[0]?.html}`));
        }
        expect(found).toEqual([]);
      },
      300_000,
    );
  });

  describe('secrets', () => {
    it('no token of the API is in the storage, the pages or the traffic of the browser', async () => {
      const storage = JSON.stringify(await context.storageState());
      const everything = [storage, await page.content(), ...traffic].join('\n');
      // As booleans, so that a failure does not print megabytes, or the token.
      expect(/authorization["']?\s*:/i.test(everything)).toBe(false);
      expect(/tutti_(session|admin)_[A-Za-z0-9_-]{16}/.test(everything)).toBe(false);
      expect(everything.includes(hub.token)).toBe(false);
    });
    it('no page broke its content security policy or threw', () => {
      expect(faults).toEqual([]);
    });
  });

  describe('when the hub goes away', () => {
    it('says that the API does not answer and what to do, to people still signed in', async () => {
      // A dashboard of the same installation whose API is gone: nothing listens on the port.
      const alone = new DashboardProcess({
        host: LOOPBACK,
        port: await freePort(LOOPBACK),
        apiUrl: `http://${LOOPBACK}:${await freePort(LOOPBACK)}`,
        secret: readFileSync(join(folder.path, 'dashboard-secret'), 'utf8').trim(),
      });
      // Its warnings of an API that does not answer are what this test is about, not news.
      Logger.overrideLogger(false);
      await alone.start();
      try {
        await page.goto(`${alone.url}/runs`);
        await page.getByText('The hub does not answer').first().waitFor();
        await page
          .getByText(/npx tutti doctor/)
          .first()
          .waitFor();
        await button('Try again').first().waitFor();
      } finally {
        await alone.stop();
      }
    });
    it('keeps people signed in over a restart', async () => {
      await page.goto('about:blank');
      expect(await hub.end('SIGTERM')).toBe(0);
      hub = await HubProcess.start(folder.path, []);
      base = hub.dashboard;
      await open(`/runs/${paid.id}`);
      expect(page.url()).not.toMatch(/sign-in/);
      await page.getByText('Live', { exact: true }).waitFor();
    });
  });
});
