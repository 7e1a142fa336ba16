import { eventually } from '@tutti/testing';
import { type Place, toolsOf } from './versions-checks.js';

const policy = (connection: string) => `apiVersion: tutti/v1
kind: RoutingPolicy
metadata: { name: papers }
spec:
  capability: document.extract
  candidates: [{ connection: ${connection} }]
`;

/** Checks of the page of routing policies. */
export function checkPolicies(at: () => Place): void {
  const { page, button, open, look } = toolsOf(at);
  const write = async (text: string) => {
    await page().locator('.cm-content').first().click();
    await page().keyboard.press('ControlOrMeta+a');
    await page().keyboard.insertText(text);
  };
  const candidates = () =>
    eventually(async () => {
      const { body } = await at().hub.call('GET', '/v1/policies/papers');
      const definition = body?.definition as { spec: { candidates: unknown } } | undefined;
      return definition && { active: body?.active, candidates: definition.spec.candidates };
    });

  it('makes a routing policy, changes it, takes that back, withdraws it and undoes that', async () => {
    await open('/policies');
    await button('New policy').click();
    const dialog = page().getByRole('dialog', { name: 'New routing policy' });
    await write(policy('first').replace('document.extract', '""'));
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.getByText('The policy has 1 error', { exact: false }).waitFor();
    await write(policy('first'));
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page().getByRole('heading', { name: 'papers' }).waitFor();
    await write(policy('second'));
    await button('Apply').click();
    await page().getByText('Applied as version 2').waitFor();
    expect(await candidates()).toEqual({ active: true, candidates: [{ connection: 'second' }] });
    await button('Restore version 1').click();
    await page().getByText('for document.extract, version 3').waitFor();
    await look('policies');
    await button('Withdraw').click();
    await page().getByText('withdrawn or replaced', { exact: false }).waitFor();
    expect(await candidates()).toMatchObject({ active: false });
    await button('Undo').click();
    await page().getByText('for document.extract, version 4').waitFor();
    expect(await candidates()).toEqual({ active: true, candidates: [{ connection: 'first' }] });
  });
}
