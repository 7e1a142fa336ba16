import type { Command } from 'commander';
import { instant } from '../output/format.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { addMasterKeyCommands } from './master-keys.commands.js';
import { paged, pageOf, type PageOptions } from './pages.js';

/** `tutti secrets`. */
export function addSecretCommands(program: Command, { define, act }: CommandKit): void {
  const secrets = define(program, 'secrets', 'Secrets that workflows use (use.secrets).');
  const listing = act<PageOptions>((session, _args, options) => list(session, options));
  secrets.action(listing);
  paged(define(secrets, 'list', 'The names of the secrets; their values never come out.')).action(listing);
  define(secrets, 'set <name>', 'Set a secret to what comes on standard input.')
    .option('--object', 'the input is a JSON object, whose parts workflows read by name')
    .action(act<{ object?: boolean }>((session, [name], options) => set(session, name as string, options)));
  define(secrets, 'remove <name>', 'Remove a secret.').action(
    act((session, [name]) => remove(session, name as string)),
  );
  addMasterKeyCommands(secrets, { define, act });
}

async function list(session: Session, options: PageOptions): Promise<void> {
  const { data } = await session.client.api.GET('/v1/secrets', { params: { query: pageOf(options) } });
  if (data)
    session.printPage(data, {
      empty: 'There are no secrets. Set one from a file: npx tutti secrets set NAME < FILE',
      columns: [
        { title: 'SECRET', text: (item) => item.name },
        { title: 'CHANGED', text: (item) => instant(item.updatedAt) },
        { title: 'BY', text: (item) => item.updatedBy },
        { title: 'CREATED', text: (item) => instant(item.createdAt) },
      ],
    });
}

/** One line break at the end belongs to the file or the terminal, not to the secret. */
async function set(session: Session, name: string, options: { object?: boolean }): Promise<void> {
  const text = (await session.io.stdin()).replace(/\r?\n$/, '');
  if (text === '')
    throw new CliError(`Nothing came on standard input: npx tutti secrets set ${name} < FILE`, EXIT.usage);
  const value = options.object === true ? objectIn(text) : text;
  const { data } = await session.client.api.PUT('/v1/secrets/{name}', {
    params: { path: { name } },
    body: { value },
  });
  session.print(data, () => `${name} is set\n`);
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Told below, without the text: it is a secret.
  }
  throw new CliError('What came on standard input is no JSON object.', EXIT.usage);
}

async function remove(session: Session, name: string): Promise<void> {
  await session.client.api.DELETE('/v1/secrets/{name}', { params: { path: { name } } });
  session.print({ name, removed: true }, () => `${name} is removed\n`);
}
