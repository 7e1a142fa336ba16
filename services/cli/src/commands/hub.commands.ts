import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import { instant } from '../output/format.js';
import { facts, table } from '../output/table.js';
import { EXIT, type ExitCode } from '../session/io.js';
import { ROOT } from '../session/locate.js';
import type { CommandKit, Session } from '../session/session.js';
import { type Check, runChecks } from './doctor.js';

/** `tutti up`, `serve`, `sign-in`, `me`, `doctor`, `events`. */
export function addHubCommands(program: Command, { define, act }: CommandKit): void {
  program
    .command('up')
    .description(
      'Start the hub here: database, services and dashboard in one process. Takes the options of "npm start".',
    )
    .allowUnknownOption()
    .helpOption(false)
    .argument('[options...]', 'for example --port 3001 --no-dashboard')
    .passThroughOptions()
    .action(act((session, args) => launch(session, 'start.mjs', args)));
  program
    .command('serve')
    .description(
      'Start one role of the distributed hub here: api, orchestrator, connector-host, collector or dashboard. ' +
        'Everything else is set by environment variables (docs/configuration.md).',
    )
    .argument('<role>')
    .action(act((session, args) => launch(session, 'serve.mjs', args)));
  define(
    program,
    'sign-in',
    'Print a link that signs a person in to the dashboard, once, within ten minutes.',
  ).action(act((session) => signIn(session)));
  define(program, 'me', 'Who the token stands for.').action(act((session) => me(session)));
  define(program, 'doctor', 'Check this machine and the hub, and say what to do.').action(
    act((session) => doctor(session)),
  );
  define(program, 'events', 'Follow what changes, one JSON line each, until Ctrl-C.').action(
    act((session) => events(session)),
  );
}

/**
 * The hub replaces nothing of this process: it is a child that gets the signals, and its exit code is ours.
 */
function launch(session: Session, script: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'scripts', script), ...args], {
      stdio: 'inherit',
      cwd: session.io.cwd,
    });
    // A terminal's Ctrl-C reaches the child by itself; a SIGTERM to this process does not.
    const pass = () => child.kill('SIGTERM');
    const ignore = () => {};
    process.on('SIGTERM', pass).on('SIGINT', ignore);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGTERM', pass).off('SIGINT', ignore);
      session.exitCode = (signal ? EXIT.failed : (code ?? EXIT.failed)) as ExitCode;
      resolve();
    });
  });
}

async function signIn(session: Session): Promise<void> {
  const { data } = await session.client.api.POST('/v1/sign-in-links');
  session.print(data, () => `${data?.url}\nIt works once, until ${instant(data?.expiresAt)}.\n`);
}

async function me(session: Session): Promise<void> {
  const { data } = await session.client.api.GET('/v1/me');
  session.print(data, () =>
    facts([
      ['subject', data?.subject],
      ['workspace', data?.workspaceId],
      ['kind', data?.kind],
    ]),
  );
}

async function doctor(session: Session): Promise<void> {
  const checks = await runChecks(session.io, session.flags);
  if (checks.some((check) => check.state === 'failed')) session.exitCode = EXIT.failed;
  session.print(checks, () =>
    table(
      checks,
      [
        { title: '', text: (check: Check) => ({ ok: '✓', warning: '!', failed: '✗' })[check.state] },
        { title: 'CHECK', text: (check) => check.name },
        {
          title: 'FOUND',
          text: (check) => (check.remedy === undefined ? check.detail : `${check.detail} ${check.remedy}`),
        },
      ],
      null,
    ),
  );
}

async function events(session: Session): Promise<void> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop);
  for await (const event of session.client.followEvents({ signal: abort.signal }))
    session.io.stdout(`${JSON.stringify(event)}\n`);
  process.off('SIGINT', stop);
}
