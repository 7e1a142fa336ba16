import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const TIMEOUT_MS = 60_000;

/** The machine's Chromium, with everything that would reach the internet switched off. */
export function launch(executablePath: string): Promise<Browser> {
  if (!existsSync(executablePath))
    throw new Error(`No Chromium at ${executablePath}. Install one, or set CHROMIUM_PATH to where it is.`);
  const off = ['gpu', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`);
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--no-first-run', ...off] });
}

/** A page, with what the browser sent and received and what must not have happened in it. */
export interface WatchedPage {
  context: BrowserContext;
  page: Page;
  /** Script errors, and anything refused by the content security policy. */
  faults: string[];
  /** Requests and answers as text. */
  traffic: string[];
}

export async function openWatchedPage(browser: Browser): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  const traffic: string[] = [];
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text()))
      faults.push(`${page.url()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const sent = [
      request.method(),
      request.url(),
      JSON.stringify(request.headers()),
      request.postData() ?? '',
    ];
    traffic.push(sent.join(' '));
  });
  page.on('response', (response) => {
    if (!/json|html|javascript/.test(response.headers()['content-type'] ?? '')) return;
    // An answer whose page was left before it had come has no text, and nothing could read it either.
    response.text().then(
      (text) => traffic.push(text),
      () => undefined,
    );
  });
  return { context, page, faults, traffic };
}

/** Resolves when the page has its heading and nothing is loading any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[role="status"][aria-label="Loading"]') === null);
}
