// The dashboard in a real browser against a real hub. Needs TUTTI_DASHBOARD_URL and TUTTI_SIGN_IN_LINK
// (unused), and best TUTTI_ADMIN_TOKEN, which must then appear nowhere in the browser. Run with: npm run e2e
// -w @tutti/dashboard
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { launch, settled, watchedPage } from './browser.mjs';

const base = process.env.TUTTI_DASHBOARD_URL?.replace(/\/$/, '');
const link = process.env.TUTTI_SIGN_IN_LINK;
const adminToken = process.env.TUTTI_ADMIN_TOKEN;
if (!base || !link)
  throw new Error(
    'Set TUTTI_DASHBOARD_URL and TUTTI_SIGN_IN_LINK (an unused link, from `npx tutti sign-in`).',
  );

const GRACE_MS = 5000;
const TIMEOUT_MS = 60_000;
let browser;
let context;
let page;
let faults;
const traffic = [];

/** Asks the API through the page, as the page itself does. */
const ask = (path) => page.evaluate(async (url) => (await fetch(url)).json(), `/api/hub${path}`);

before(async () => {
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  context.setDefaultTimeout(TIMEOUT_MS);
  ({ page, faults } = await watchedPage(context));
  page.on('request', (request) =>
    traffic.push(
      `${request.method()} ${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`,
    ),
  );
  page.on('response', (response) => {
    const type = response.headers()['content-type'] ?? '';
    if (/json|html|javascript/.test(type))
      response.text().then(
        (text) => traffic.push(text),
        () => undefined,
      );
  });
});
after(() => browser?.close());

describe('signing in', () => {
  it('sends a visitor to the page that says how to get a link', async () => {
    await page.goto(`${base}/runs?status=faulted`);
    assert.match(page.url(), /\/sign-in\?next=/);
    assert.match(await page.textContent('main'), /npx tutti sign-in/);
  });
  it('refuses a code that the hub did not give', async () => {
    await page.goto(`${base}/sign-in?code=tutti_signin_not-a-real-code-0000`);
    await page.waitForURL(/problem=link-used/);
    assert.match(await page.textContent('[role="alert"]'), /does not work any more/);
  });
  it('lets the link in once, with a cookie that scripts cannot read', async () => {
    await page.goto(link);
    await page.waitForURL((url) => url.pathname === '/');
    const [cookie] = (await context.cookies()).filter(({ name }) => name === 'tutti_session');
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Strict');
    assert.equal(await page.evaluate(() => document.cookie.includes('tutti_session')), false);
    const second = await browser.newContext();
    const other = await second.newPage();
    await other.goto(link);
    await other.waitForURL(/problem=link-used/);
    await second.close();
  });
  it('refuses a write that another site sends', async () => {
    const answer = await context.request.post(`${base}/api/hub/v1/sign-in-links`, {
      headers: { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
    });
    assert.equal(answer.status(), 403);
  });
});

describe('the pages', () => {
  it('the overview counts runs and shows reviews and AI systems', async () => {
    await page.goto(base);
    await settled(page);
    for (const label of ['Runs started', 'Success', 'Median cycle time', 'Waiting reviews', 'AI systems'])
      await page.getByText(label, { exact: true }).first().waitFor();
    await page.getByRole('figure', { name: /Runs by outcome/ }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
  });
  it('filters of the runs live in the address, and the back button undoes them', async () => {
    await page.goto(`${base}/runs`);
    await settled(page);
    await page.getByRole('button', { name: 'Completed' }).click();
    await page.waitForURL(/status=completed/);
    await page.reload();
    assert.equal(await page.getByRole('button', { name: 'Completed' }).getAttribute('aria-pressed'), 'true');
    await page.locator('tbody tr').first().waitFor();
    assert.deepEqual(
      [
        ...new Set(
          await page
            .locator('tbody [data-status]')
            .evaluateAll((all) => all.map((each) => each.dataset.status)),
        ),
      ],
      ['completed'],
    );
    await page.getByLabel('Search runs').fill('no-run-has-this-text');
    await page.waitForURL(/q=no-run-has-this-text/);
    await page.getByText('No run matches').waitFor();
  });
  it('a run shows its graph with states, timeline, trace, journal, input and output', async () => {
    const {
      items: [run],
    } = await ask('/v1/runs?status=completed&limit=1');
    await page.goto(`${base}/runs/${run.id}`);
    await settled(page);
    await page.locator('.react-flow__node [data-status], .react-flow__node svg.text-ok').first().waitFor();
    await page.getByRole('table', { name: 'Tasks over time' }).locator('[role="row"]').nth(1).waitFor();
    await page.getByRole('tab', { name: 'Trace' }).click();
    await page.getByRole('treegrid', { name: 'Spans' }).locator('[role="row"]').nth(1).click();
    await page.getByText('Attributes', { exact: true }).waitFor();
    await page.getByRole('tab', { name: /Journal/ }).click();
    await page.getByText('Run completed', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Input and output' }).click();
    await page.getByRole('group', { name: 'output' }).waitFor();
    assert.match(page.url(), /tab=data/);
  });
  it('a run that is not there says so and shows the way back', async () => {
    await page.goto(`${base}/runs/0199f3a2-1111-7222-8333-4444abcd1234`);
    await page.getByText('There is no such run').waitFor();
  });
});

describe('keys', () => {
  it('lead to places, show the help, and search', async () => {
    await page.goto(base);
    await settled(page);
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.waitForURL(/\/runs$/);
    await settled(page);
    await page.keyboard.press('/');
    assert.equal(
      await page.evaluate(() => document.activeElement?.getAttribute('aria-label')),
      'Search runs',
    );
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('tbody tr').first().waitFor();
    await page.keyboard.press('j');
    await page.locator('tbody tr[data-active="true"]').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
  });
  it('the first Tab stop skips to the content', async () => {
    await page.goto(base);
    await settled(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  });
});

describe('a review', () => {
  const firstField =
    '[data-review-form] [data-field] input:not([type="checkbox"]):not([type="date"]):enabled';
  it('is approved with an edited field, after a time in which it can be undone', async (test) => {
    const { items } = await ask('/v1/reviews?status=open&limit=50');
    if (items.length === 0) return test.skip('no review is open in this hub');
    const [review] = items;
    await page.goto(`${base}/reviews?review=${review.id}`);
    await settled(page);
    const field = page.locator(firstField).first();
    const old = await field.inputValue();
    await field.fill('E2E-4711');
    await page.locator('[data-edited]').first().waitFor();
    if (old !== '')
      assert.match(
        await page.locator('[data-edited]').first().textContent(),
        new RegExp(`was ${old.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`),
      );
    await field.press('Escape');
    await page.keyboard.press('a');
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal((await ask(`/v1/reviews/${review.id}`)).status, 'open');

    await page.goto(`${base}/reviews?review=${review.id}`);
    await settled(page);
    await page.locator(firstField).first().fill('E2E-4711');
    await page.getByLabel('Comment').fill('checked by the browser test');
    const sent = page.waitForResponse(
      (response) => response.url().endsWith(`/v1/reviews/${review.id}/decision`),
      { timeout: GRACE_MS + TIMEOUT_MS },
    );
    await page.getByRole('button', { name: /Approve with edits/ }).click();
    assert.equal((await sent).status(), 200);
    const decided = await ask(`/v1/reviews/${review.id}`);
    assert.equal(decided.status, 'approved');
    assert.equal(decided.decision.comment, 'checked by the browser test');
    assert.deepEqual(
      decided.decision.edits.map(({ after: value }) => value),
      ['E2E-4711'],
    );
    await page.goto(`${base}/reviews?status=decided&review=${review.id}`);
    await page.locator('[data-edited]').first().waitFor();
  });
});

describe('accessibility', () => {
  async function paths() {
    const {
      items: [run],
    } = await ask('/v1/runs?limit=1&status=completed');
    const {
      items: [workflow],
    } = await ask('/v1/workflows?limit=1');
    const {
      items: [connection],
    } = await ask('/v1/connections?limit=1');
    const of = `/workflows/${workflow.namespace}/${workflow.name}`;
    return [
      '/',
      '/runs',
      `/runs/${run.id}`,
      `/runs/${run.id}?tab=trace`,
      `/runs/${run.id}?tab=journal`,
      `/runs/${run.id}?tab=data`,
      '/reviews',
      '/reviews?status=decided',
      '/workflows',
      of,
      `${of}?tab=graph`,
      `${of}?tab=yaml`,
      `${of}?tab=versions`,
      '/inventory',
      '/traces',
      `/traces/${run.traceId}`,
      '/connections',
      `/connections/${connection.name}`,
      '/plugins',
      '/policies',
      '/settings',
      '/sign-in',
      '/runs?q=nothing-has-this-text',
    ];
  }
  for (const theme of ['light', 'dark']) {
    it(`axe finds nothing on any page, ${theme}`, { timeout: 600_000 }, async () => {
      await page.emulateMedia({ colorScheme: theme });
      await page.goto(base);
      const found = [];
      for (const path of await paths()) {
        await page.goto(base + path);
        await settled(page);
        // The document of a review is shown by the browser's own viewer, which is not ours to judge.
        const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
        found.push(...violations.map(({ id, nodes }) => `${path}: ${id} ${nodes[0]?.html}`));
      }
      assert.deepEqual(found, []);
    });
  }
});

describe('secrets', () => {
  it('no token of the API is in the storage, the pages or the traffic of the browser', async () => {
    const { cookies, origins } = await context.storageState();
    const storage = JSON.stringify({ cookies, origins });
    const everything = [storage, await page.content(), ...traffic].join('\n');
    assert.equal(
      /authorization["']?\s*:/i.test(everything),
      false,
      'a request of the browser has an authorization header',
    );
    assert.equal(
      /tutti_session_[A-Za-z0-9_-]{16}|tutti_admin_[A-Za-z0-9_-]{16}/.test(everything),
      false,
      'a token of the API is visible',
    );
    if (adminToken) assert.equal(everything.includes(adminToken), false, 'the admin token is visible');
  });
  it('no page broke its content security policy or threw', () => assert.deepEqual(faults, []));
});
