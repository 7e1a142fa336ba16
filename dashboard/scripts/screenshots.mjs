// Takes the pictures of docs/screenshots from a hub that runs; scripts/seed.mjs fills one with data.
// Usage: node dashboard/scripts/screenshots.mjs SIGN_IN_LINK
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [link] = process.argv.slice(2);
const base = new URL(link).origin;
const out = join(import.meta.dirname, '../../docs/screenshots');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
await page.goto(link);
await page.waitForURL(({ pathname }) => pathname === '/');

const runOf = async (query) => {
  const { items } = await page.evaluate(
    async (url) => (await fetch(url)).json(),
    `/api/hub/v1/runs?${query}`,
  );
  return items[0].id;
};

/**
 * Opens a page in a theme, does what has to be done there, and takes the picture when nothing loads any more.
 */
async function take(name, path, act = async () => {}) {
  await page.emulateMedia({ colorScheme: name.endsWith('dark') ? 'dark' : 'light' });
  await page.goto(base + path);
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
  await act();
  await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => undefined);
  await page.screenshot({ path: join(out, `${name}.png`) });
  console.log(name);
}

const paid = await runOf('workflow=finance/invoice&status=completed&limit=1');
const waiting = await runOf('workflow=finance/invoice&status=waiting&q=06-lumen&limit=1');
await take('overview-light', '/');
await take('overview-dark', '/');
await take('runs-dark', '/runs');
await take('run-waiting-light', `/runs/${waiting}`);
await take('run-trace-dark', `/runs/${paid}?tab=trace`, () =>
  page.getByRole('treegrid', { name: 'Spans' }).locator('[role="row"]').nth(2).click(),
);
await take('review-light', '/reviews');
await take('inventory-light', '/inventory');
await take('workflow-light', '/workflows/finance/invoice');
await take('workflow-graph-dark', '/workflows/finance/invoice?tab=graph');
await take('start-run-light', '/workflows/finance/invoice', () =>
  page.getByRole('button', { name: /Start a run/ }).click(),
);
await take('palette-dark', '/', () => page.keyboard.press('Control+k'));
await browser.close();
