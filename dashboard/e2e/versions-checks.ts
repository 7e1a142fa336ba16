import { AxeBuilder } from '@axe-core/playwright';
import { eventually } from '@tutti/testing';
import type { Locator, Page } from 'playwright-core';
import type { HubProcess } from '../../services/standalone/src/testing/hub-process.js';
import { settled } from './browser.js';
import { applyWorkflow, FAULTS, type Run, untilSettled } from './hub-data.js';

const counts = (value: number, schedule = '') => `
document: { dsl: '1.0.3', namespace: checks, name: counts, version: '${value}.0.0' }
${schedule}
do: [ { count: { set: { value: ${value} } } } ]`;

const waits = (version: number, first: string) => `
document: { dsl: '1.0.3', namespace: checks, name: waits, version: '${version}.0.0' }
do: [ { ${first}: { wait: { hours: 1 } } }, { end: { set: { version: ${version} } } } ]`;

/** A hub and a page that are there already; `picture` leaves one of the page for people. */
export interface Place {
  hub: HubProcess;
  page: Page;
  picture: (name: string) => Promise<void>;
}

/** What checks of pages do again and again. */
export function toolsOf(at: () => Place) {
  const page = () => at().page;
  return {
    page,
    button: (name: string | RegExp): Locator => page().getByRole('button', { name, exact: true }),
    open: async (path: string): Promise<void> => {
      await page().goto(at().hub.dashboard + path);
      await settled(page());
    },
    look: async (name: string): Promise<void> => {
      await at().picture(name);
      const axe = new AxeBuilder({ page: page() }).setLegacyMode().options({ resultTypes: ['violations'] });
      const { violations } = await axe.analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    },
    start: async (workflow: string): Promise<string> => {
      const { body } = await at().hub.call('POST', `/v1/workflows/checks/${workflow}/runs`, {});
      return (body as unknown as Run).id;
    },
  };
}

/** Checks of the pages for versions, schedules and retries. */
export function checkLivingWithWorkflows(at: () => Place): void {
  checkVersions(at);
  checkMigration(at);
  checkSchedules(at);
  checkRetries(at);
}

function checkVersions(at: () => Place): void {
  const { page, button, open, look } = toolsOf(at);
  it('shows the versions of a workflow, compares two, and tries one on a share of the runs', async () => {
    const { hub } = at();
    await applyWorkflow(hub, counts(1));
    await applyWorkflow(hub, counts(2));
    await open('/workflows/checks/counts?tab=versions');
    await page().getByText('#2').first().waitFor();
    await page().getByText('1 task differ', { exact: false }).waitFor();
    await look('versions');
    await button('Publish #1').click();
    const dialog = page().getByRole('dialog', { name: 'Publish version #1?' });
    await dialog.getByLabel('10 %').check();
    await dialog.getByLabel(/^Why/).fill('try it again');
    await dialog.getByRole('button', { name: 'Give it 10 % of the new runs' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page().getByRole('heading', { name: '#1 takes 10 % of the new runs' }).waitFor();
    await page().getByRole('table', { name: 'The canary beside the current version' }).waitFor();
    await look('canary');
    await button('Stop the canary').click();
    await page()
      .getByRole('heading', { name: '#1 takes 10 % of the new runs' })
      .waitFor({ state: 'detached' });
  });

  it('switches a workflow off with a reason, says it, and switches it on again', async () => {
    await open('/workflows/checks/counts?tab=versions');
    await button('Switch off').click();
    await page().getByLabel(/^Why/).fill('it counts twice');
    await button('Switch it off').click();
    await page()
      .getByText(/Switched off by .*: it counts twice/)
      .waitFor();
    await button('Switch on').click();
    await page()
      .getByText(/it counts twice/)
      .waitFor({ state: 'detached' });
  });
}

function checkMigration(at: () => Place): void {
  const { page, button, open, look, start } = toolsOf(at);
  it('moves runs that wait to another version, and names those that stay', async () => {
    const { hub } = at();
    await applyWorkflow(hub, waits(1, 'pause'));
    const before = await start('waits');
    await applyWorkflow(hub, waits(2, 'rest'));
    const stays = await start('waits');
    await applyWorkflow(hub, waits(3, 'pause'));
    for (const [id, task] of [
      [before, 'pause'],
      [stays, 'rest'],
    ] as const)
      await eventually(async () => {
        const { body } = await hub.call('GET', `/v1/runs/${id}/journal`);
        return JSON.stringify(body).includes(`/${task}`);
      });
    await open('/workflows/checks/waits?tab=versions');
    await button('Move runs to #3').click();
    const dialog = page().getByRole('dialog', { name: 'Move runs to version #3?' });
    await dialog.getByText(/2 runs are under way\. 1 can go on/).waitFor();
    await dialog.getByRole('region', { name: 'Runs that stay' }).getByText('#2').waitFor();
    await look('migrate');
    await dialog.getByRole('button', { name: 'Move the runs that can' }).click();
    await dialog.getByText(/^1 run asked to go on/).waitFor();
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await eventually(async () => {
      const { body } = await hub.call('GET', `/v1/runs/${before}`);
      return (body as unknown as { workflow: { version: string } }).workflow.version === '3.0.0';
    });
  });
}

function checkSchedules(at: () => Place): void {
  const { page, button, open, look } = toolsOf(at);
  it('shows schedules with their next times, pauses them, and starts a run now', async () => {
    const { hub } = at();
    await applyWorkflow(hub, counts(3, 'schedule: { every: { hours: 6 } }'));
    await open('/schedules');
    await page().getByRole('link', { name: 'checks/counts' }).click();
    await page().waitForURL(/\/schedules\/checks\/counts$/);
    await settled(page());
    await button('Fire now').click();
    const row = page().getByRole('row', { name: /Started by hand/ });
    await row.waitFor();
    await look('schedule');
    await button('Pause').click();
    await page().getByText('Nothing is planned: paused.').waitFor();
    await button('Resume').click();
    await page().getByText('Nothing is planned: paused.').waitFor({ state: 'detached' });
    await open('/schedules');
    await look('schedules');
    await open('/runs?workflow=checks%2Fcounts');
    await page()
      .getByText(/^Schedule, /)
      .first()
      .waitFor();
    expect(
      await page()
        .getByText(/schedule:\d{4}-/)
        .count(),
    ).toBe(0);
  });
}

function checkRetries(at: () => Place): void {
  const { page, button, open, look, start } = toolsOf(at);
  it('shows what a retry would do, from a task that is chosen, before it starts it', async () => {
    const { hub } = at();
    await applyWorkflow(hub, FAULTS);
    const id = await start('faults');
    await untilSettled(hub, id);
    await open(`/runs/${id}`);
    await button(/^Retry/)
      .first()
      .click();
    const dialog = page().getByRole('dialog', { name: 'Retry this run?' });
    await dialog.getByText(/^Begins at refuse/).waitFor();
    await dialog.getByText('Faults at once').waitFor();
    await dialog.getByLabel('Begin with').selectOption({ label: 'prepare (/do/0/prepare)' });
    await dialog.getByText(/^Begins at prepare/).waitFor();
    await look('retry-preview');
    await dialog.getByRole('button', { name: 'Start the retry' }).click();
    await page().getByText('Retry of', { exact: true }).waitFor();
  });

  it('retries the faulted runs of a filter after it said how many', async () => {
    const { hub } = at();
    const ids = [await start('faults'), await start('faults')];
    for (const id of ids) await untilSettled(hub, id);
    await open('/runs?status=faulted&workflow=checks%2Ffaults');
    await button('Retry these').click();
    const dialog = page().getByRole('dialog', { name: 'Retry faulted runs?' });
    await dialog.getByText(/faulted runs of this filter are retried/).waitFor();
    await look('bulk-retry');
    await dialog.getByRole('button', { name: /^Retry \d+ runs$/ }).click();
    await dialog.getByText(/retried, 0 not/).waitFor();
    await eventually(async () => {
      const { body } = await hub.call('GET', '/v1/runs?workflow=checks/faults&limit=200');
      const { items } = body as unknown as { items: Run[] };
      return ids.every((id) => items.some(({ retryOf }) => retryOf === id));
    });
  });
}
