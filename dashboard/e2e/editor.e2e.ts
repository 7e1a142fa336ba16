import { AxeBuilder } from '@axe-core/playwright';
import { eventually } from '@tutti/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import {
  endLeftDatabase,
  HubProcess,
  temporaryFolder,
} from '../../services/standalone/src/testing/hub-process.js';
import { launch, openWatchedPage, settled } from './browser.js';
import { applyWorkflow, LOOPS, ORDERS, startRun } from './hub-data.js';
import { checkPolicies } from './policies-checks.js';
import { checkLivingWithWorkflows } from './versions-checks.js';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
/** Where pictures of the pages are left, for people; absent: none are taken. */
const PICTURES = process.env.TUTTI_TEST_PICTURES;

const greets = (version: string, text: string) => `document:
  dsl: '1.0.3'
  namespace: checks
  name: greets
  version: '${version}'
input:
  schema:
    format: json
    document: { type: object, properties: { name: { type: string } } }
do:
  - greet:
      set: { text: '${text}' }
  - rest:
      wait: { hours: 1 }
`;

/** The editor of workflows in a real browser. */
describe('the workflow editor', () => {
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

  async function open(path: string): Promise<void> {
    await page.goto(hub.dashboard + path);
    await settled(page);
  }
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });
  const dialog = (): Locator => page.getByRole('dialog', { name: 'Review changes' });
  const text = (): Locator => page.locator('main .cm-content').first();
  const findings = (): Locator => page.getByRole('region', { name: 'Findings' });
  const node = (name: string): Locator => page.locator(`.react-flow__node[aria-label="${name}"]`);
  async function picture(name: string): Promise<void> {
    if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png` });
  }
  async function write(whole: string): Promise<void> {
    await text().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(whole);
  }
  const current = async () => {
    const { body } = await hub.call('GET', '/v1/workflows/checks/greets/versions');
    const { items } = body as unknown as {
      items: { number: number; note: string | null; current: boolean }[];
    };
    return items.find((each) => each.current);
  };

  it('begins a new workflow with completion from the schema and from what the hub can call', async () => {
    await open('/workflows');
    await page.getByRole('link', { name: 'New workflow' }).first().click();
    await page.waitForURL(/\/workflows\/new$/);
    await node('greet').waitFor();
    await write(greets('1.0.0', 'Hello'));
    await page.keyboard.insertText('  - ask:\n      call: ');
    await page.keyboard.type('human');
    const options = page.locator('.cm-tooltip-autocomplete');
    const review = options.getByText('human.review:1@default');
    // Asked again, because the schema may not have come yet when the word was typed.
    await eventually(async () => {
      await page.keyboard.press('Control+Space');
      return review.isVisible();
    }, 60_000);
    await review.click();
    await options.waitFor({ state: 'detached' });
    expect(await text().textContent()).toContain('call: human.review:1@default');
  });

  it('draws the graph as one types, and keeps the last one while the text is broken', async () => {
    await write(greets('1.0.0', 'Hello'));
    await node('rest').waitFor();
    await node('ask').waitFor({ state: 'detached' });
    await page.keyboard.insertText('  - [');
    await page.getByText(/cannot be read: this is the graph from before/).waitFor();
    await node('rest').waitFor();
    await write(greets('1.0.0', 'Hello'));
    await page.getByText(/this is the graph from before/).waitFor({ state: 'detached' });
  });

  it('leads from a task of the graph to its place in the text, and back', async () => {
    await node('rest').click();
    const line = page.locator('main .cm-activeLine');
    await line.getByText('rest').waitFor();
    await page.keyboard.press('ArrowUp');
    await page.locator('.react-flow__node[aria-label="greet"] [data-chosen="true"]').waitFor();
  });

  it('marks an error at its very place, and says in the list how to mend it', async () => {
    await write(greets('1.0.0', '${ .name | }').replace('hours: 1', 'hour: 1'));
    await page.locator('.cm-lintRange-error').first().waitFor();
    await findings().getByText('line 14').waitFor();
    await findings().locator('[data-code="schema"]').first().waitFor();
    await write(greets('1.0.0', '${ .name | }'));
    await findings().locator('[data-code="expression-syntax"]').waitFor();
    await page.locator('.cm-lintRange-error', { hasText: /^\|$/ }).waitFor();
    await findings()
      .getByRole('button', { name: /is not jq/ })
      .click();
    await page.locator('main .cm-activeLine').getByText('.name').waitFor();
    await page.keyboard.press('Control+s');
    await dialog()
      .getByRole('alert')
      .getByText(/not jq/)
      .first()
      .waitFor();
    expect(await dialog().getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  it('shows what an apply brings, and applies it', async () => {
    await write(greets('1.0.0', 'Hello'));
    await page.keyboard.press('Control+s');
    await dialog().getByText('A new workflow.').waitFor();
    await dialog().getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Applied: checks/greets 1.0.0').waitFor();
    expect(await current()).toMatchObject({ number: 1 });
  });

  it('keeps the draft over a reload, and asks before the tab closes', async () => {
    await open('/workflows/checks/greets/edit');
    await page.getByText('As it is applied').waitFor();
    await write(greets('1.0.0', 'Good morning'));
    await page.getByText('Changed, not applied').waitFor();
    const asked = new Promise<string>((resolve) => {
      page.once('dialog', (question) => {
        resolve(question.type());
        void question.accept();
      });
    });
    await page.reload();
    expect(await asked).toBe('beforeunload');
    await page.getByText('This is your draft of before').waitFor();
    expect(await text().textContent()).toContain('Good morning');
  });

  it('shows the difference, offers the next version and takes a note', async () => {
    await page.keyboard.press('Control+s');
    await dialog()
      .getByText(/Changed task greet/)
      .waitFor();
    await dialog().getByRole('button', { name: '1.1.0, a minor change' }).click();
    await dialog()
      .getByText(/still says version/)
      .waitFor({ state: 'detached' });
    const difference = dialog().getByRole('region', { name: 'Difference of the texts' });
    await difference.locator('.cm-merge-a .cm-changedLine').getByText('Hello').waitFor();
    await difference.locator('.cm-merge-b .cm-changedLine').getByText('Good morning').waitFor();
    await picture('editor-review');
    await difference.getByRole('button', { name: 'Unified' }).click();
    await difference.locator('.cm-deletedChunk').first().waitFor();
    await dialog().getByLabel('Note').fill('Politer in the morning');
    await dialog().getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Applied: checks/greets 1.1.0').waitFor();
    expect(await current()).toMatchObject({ number: 2, note: 'Politer in the morning' });
  });

  it('takes an apply back', async () => {
    await button('Undo').click();
    await page.getByText(/Taken back/).waitFor();
    expect(await current()).toMatchObject({ number: 1 });
    await page.getByText('Changed, not applied').waitFor();
  });

  it('does not overwrite what somebody else applied meanwhile', async () => {
    await page.keyboard.press('Control+s');
    await dialog()
      .getByText(/It is version 2 again/)
      .waitFor();
    await applyWorkflow(hub, greets('2.0.0', 'Moin'));
    await dialog().getByRole('button', { name: 'Apply' }).click();
    await dialog().getByText('It was changed meanwhile').first().waitFor();
    expect(await current()).toMatchObject({ number: 3 });
    await dialog().getByRole('button', { name: 'Compare with that version from now on' }).click();
    await dialog().locator('.cm-merge-a').getByText('Moin').waitFor();
    await dialog().getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Applied: checks/greets 1.1.0').waitFor();
    expect(await current()).toMatchObject({ number: 2 });
  });

  it('says on the page of a workflow what the static check finds', async () => {
    const bare = `document: { dsl: '1.0.3', namespace: checks, name: calls, version: '1.0.0' }
do:
  - ask: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:9/x' } }`;
    await applyWorkflow(hub, bare);
    await open('/workflows/checks/calls');
    const section = page.getByRole('region', { name: 'Findings of the static check' });
    await section.getByRole('button').click();
    await section.locator('[data-code="no-timeout"]').waitFor();
    await section.getByRole('link', { name: 'Open in the editor' }).click();
    await page.waitForURL(/\/workflows\/checks\/calls\/edit$/);
    await findings().locator('[data-code="no-timeout"]').waitFor();
  });

  describe('a run with a loop, a wide fork and retries', () => {
    const graph = (): Locator => page.getByRole('region', { name: 'Graph' });
    const result = (): Locator => page.getByRole('region', { name: 'Result' });
    async function expression(typed: string): Promise<void> {
      await page.getByRole('textbox', { name: 'Expression' }).click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(typed);
    }
    let run: string;
    beforeAll(async () => {
      await applyWorkflow(hub, LOOPS);
      run = (await startRun(hub, 'checks/loops', { colors: ['red'] })).id;
      await open(`/runs/${run}`);
    });

    it('shows one turn of the loop at a time', async () => {
      const turns = page.getByRole('group', { name: 'Turns of paint' });
      await turns.getByText('of 30').waitFor();
      await graph().getByText('×30').waitFor();
      await turns.getByRole('spinbutton').fill('8');
      await graph().getByText('×30').waitFor({ state: 'detached' });
      await turns.getByRole('button', { name: 'The next turn' }).click();
      expect(await turns.getByRole('spinbutton').inputValue()).toBe('9');
    });

    it('folds the branches of a wide fork and counts them', async () => {
      await graph().getByText('12 completed').waitFor();
      await graph().getByText('12 branches').click();
      await graph().getByText('b11', { exact: true }).waitFor();
      await button('Fold branches').click();
      await graph().getByText('12 branches').waitFor();
    });

    it('says how often a task was tried again, and why', async () => {
      await graph().getByTitle('Tried again 2 times').waitFor();
      await graph().getByText('guarded', { exact: true }).click();
      const retries = page.getByRole('region', { name: 'Retries' });
      await retries.getByText('Retry 1').waitFor();
      await retries.getByText('The shop is closed').first().waitFor();
      await picture('run-graph');
    });

    it('tries an expression on the data of a task, as one types', async () => {
      await graph().getByText('stroke', { exact: true }).click();
      await page.getByRole('tab', { name: 'Expressions' }).click();
      await expression('${ $item + 100 }');
      await result().getByText('108').waitFor();
      await expression('$workflow.input.colors[]');
      await result().getByText('"red"').waitFor();
      await expression('.n | | length');
      await result()
        .getByText(/at character 6/)
        .waitFor();
      await page.locator('.cm-lintRange-error', { hasText: /^\|$/ }).waitFor();
      await page.getByLabel('Data of').selectOption({ label: 'guarded' });
      await expression('$context.last');
      await result().getByText('29').waitFor();
      await picture('expressions');
    });

    it('tries expressions from the editor too', async () => {
      await open('/workflows/checks/loops/edit');
      await button('Try an expression').click();
      await page.getByRole('dialog', { name: 'Try an expression' }).waitFor();
      await expression('$runtime.name');
      await result().getByText('"tutti"').waitFor();
      await page.keyboard.press('Escape');
    });

    it.each(['light', 'dark'] as const)(
      'axe finds nothing on the page of the run, %s',
      async (colorScheme) => {
        await page.emulateMedia({ colorScheme });
        await open(`/runs/${run}?tab=expressions&task=${encodeURIComponent('/do/2/guarded')}`);
        await graph().getByText('12 branches').waitFor();
        await result().waitFor();
        const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
        const { violations } = await axe.analyze();
        await picture(`run-expressions-${colorScheme}`);
        expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
      },
    );
  });

  it('starts a run from a form, and places what the hub refuses at its field', async () => {
    await applyWorkflow(hub, ORDERS);
    await open('/workflows/checks/orders');
    await page.getByRole('button', { name: /Start a run/ }).click();
    const form = page.getByRole('dialog', { name: 'Run orders' });
    expect(await form.getByLabel('Priority').locator('option:checked').textContent()).toBe('normal');
    await form.getByRole('button', { name: 'Start the run' }).click();
    await form.getByText('At least 1 of them.').waitFor();
    await form.getByRole('textbox', { name: 'Email' }).fill('ada@example.com');
    await form.getByRole('button', { name: 'Add to lines' }).click();
    await form.getByLabel('Amount of Lines 1').fill('3');
    await form.getByRole('textbox', { name: /^Code/ }).fill('AB');
    await form.getByRole('button', { name: 'Start the run' }).click();
    const field = form.locator('[data-field="/customer/code"]');
    await field.getByText(/must match/).waitFor();
    await form.getByRole('button', { name: 'JSON' }).click();
    const json = form.getByLabel('Input, as JSON');
    expect(JSON.parse(await json.inputValue())).toEqual({
      priority: 'normal',
      customer: { email: 'ada@example.com', code: 'AB' },
      lines: [{ amount: 3 }],
    });
    await form.getByRole('button', { name: 'Form' }).click();
    await form.getByRole('textbox', { name: /^Code/ }).fill('');
    await form.getByRole('button', { name: 'Start the run' }).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/);
  });
  checkLivingWithWorkflows(() => ({ hub, page, picture }));
  checkPolicies(() => ({ hub, page, picture }));

  describe.each([1280, 720])('at a width of %d', (width) => {
    it.each(['light', 'dark'] as const)('axe finds nothing, %s', async (colorScheme) => {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const found: string[] = [];
      const look = async (what: string) => {
        await picture(`${what}-${width}-${colorScheme}`);
        const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
        const { violations } = await axe.analyze();
        found.push(...violations.map(({ id, nodes }) => `${what}: ${id} ${nodes[0]?.html}`));
      };
      await open('/workflows/checks/greets/edit');
      await write(greets('3.0.0', '${ $nowhere }'));
      await findings().locator('[data-code="unknown-variable"]').waitFor();
      await look('editor');
      await write(greets('3.0.0', 'Servus'));
      await findings().getByText('No findings').waitFor();
      await page.keyboard.press('Control+s');
      await dialog().locator('.cm-changedLine, .cm-insertedLine, .cm-deletedChunk').first().waitFor();
      await look('review');
      await page.keyboard.press('Escape');
      await dialog().waitFor({ state: 'detached' });
      await button('Discard changes').click();
      await page.getByText('As it is applied').waitFor();
      expect(found).toEqual([]);
    });
  });

  it('no page broke its content security policy or threw', () => expect(faults).toEqual([]));
});
