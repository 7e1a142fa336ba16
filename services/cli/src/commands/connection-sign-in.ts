import { CliError, EXIT } from '../session/io.js';
import type { Session } from '../session/session.js';

const POLL_MS = 1_000;

/** `tutti connections authorize`: prints the address to open, and waits for the end of the sign-in. */
export async function authorize(session: Session, name: string, { wait }: { wait: boolean }): Promise<void> {
  const { data: begun } = await session.client.api.POST('/v1/connections/{name}/authorization', {
    params: { path: { name } },
    body: {},
  });
  if (begun === undefined) return;
  if (!wait) return session.print(begun, () => `${address(begun)}\n`);
  session.io.stderr(`${address(begun)}\nWaiting for the sign-in ...\n`);
  const ended = await endOf(session, name, begun.id);
  if (ended.status !== 'done') session.exitCode = EXIT.failed;
  session.print(ended, () =>
    ended.status === 'done'
      ? `${name} is signed in. Try it: npx tutti connections test ${name}\n`
      : `${name} is not signed in: ${ended.detail ?? 'nobody signed in within ten minutes.'}\n`,
  );
}

function address({ url, redirectUri }: { url: string; redirectUri: string }): string {
  return (
    `Open this address with a browser, within ten minutes:\n\n  ${url}\n\n` +
    `(The client must be registered there with the redirect URI ${redirectUri})`
  );
}

async function endOf(session: Session, name: string, id: string) {
  for (;;) {
    const { data } = await session.client.api.GET('/v1/connections/{name}/authorization/{id}', {
      params: { path: { name, id } },
    });
    if (data === undefined) throw new CliError('The hub does not know the sign-in any more.', EXIT.failed);
    if (data.status !== 'open') return data;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export async function signOut(session: Session, name: string): Promise<void> {
  await session.client.api.DELETE('/v1/connections/{name}/authorization', { params: { path: { name } } });
  session.print({ name, signedOut: true }, () => `${name} is signed out\n`);
}
