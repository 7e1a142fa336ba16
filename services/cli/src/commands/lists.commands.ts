import { addTryCommand } from './try.command.js';
import type { Command } from 'commander';
import { duration, instant, money, pretty, versionLine } from '../output/format.js';
import { facts, oneLine } from '../output/table.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, numberOf } from './arguments.js';
import { paged, pageOf, type PageOptions } from './pages.js';

/** Lists to look at: plugins, capabilities, policies, inventory, traces, audit. */
export function addListCommands(program: Command, kit: CommandKit): void {
  addDefinitionLists(program, kit);
  addPolicyCommands(program, kit);
  addTelemetryLists(program, kit);
}

function addDefinitionLists(program: Command, { define, act }: CommandKit): void {
  const installed = define(program, 'plugins', 'The installed plugins.');
  installed.action(act((session) => plugins(session)));
  define(installed, 'release <name>', 'Let a plugin out of the quarantine, when the cause is mended.').action(
    act((session, [name]) => release(session, name as string)),
  );
  addTryCommand(installed, { define, act });
  define(program, 'capabilities', 'What workflows can call.').action(act((session) => capabilities(session)));
  paged(define(program, 'audit', 'Who changed what, newest first.')).action(
    act<PageOptions>((session, _args, options) => audit(session, options)),
  );
}

function addPolicyCommands(program: Command, { define, act }: CommandKit): void {
  const policies = define(program, 'policies', 'Routing policies.');
  const listing = act<PolicyListing>((session, _args, options) => listPolicies(session, options));
  policies.action(listing);
  paged(define(policies, 'list', 'The policies that serve.'))
    .option('--all', 'those that were withdrawn or replaced too')
    .action(listing);
  define(policies, 'show <name>', 'A policy with its versions.')
    .option('--yaml', 'print the document as it was applied')
    .action(
      act<{ yaml?: boolean }>((session, [name], options) =>
        showPolicy(session, name as string, options.yaml === true),
      ),
    );
  define(policies, 'restore <name> <version>', 'Apply what a version said again, as a new version.').action(
    act((session, [name, version]) => restorePolicy(session, name as string, version as string)),
  );
  define(
    policies,
    'withdraw <name>',
    'Route a capability as if it had no policy. The versions stay: restore takes it back.',
  ).action(act((session, [name]) => withdrawPolicy(session, name as string)));
}

function addTelemetryLists(program: Command, { define, act }: CommandKit): void {
  paged(define(program, 'inventory', 'Every model, agent and tool in use, managed by the hub or not.'))
    .option('--kind <kind>', 'application, agent, model, tool, mcp-server')
    .option('--managed', 'only what is called through the hub')
    .option('--unmanaged', 'only what was seen elsewhere')
    .option('--q <text>', 'text in the name')
    .action(
      act<PageOptions & { kind?: string; managed?: boolean; unmanaged?: boolean }>(
        (session, _args, options) => inventory(session, options),
      ),
    );
  const traces = define(program, 'traces', 'Traces of the hub and of other applications.');
  const listing = act<PageOptions & { service?: string; run?: string }>((session, _args, options) =>
    listTraces(session, options),
  );
  for (const command of [traces, define(traces, 'list', 'Traces, newest first.')]) {
    paged(command)
      .option('--service <name>', 'of one application')
      .option('--run <id>', 'of one run')
      .option('--q <text>', 'text in the name')
      .action(listing);
  }
  define(traces, 'show <trace>', 'The spans of a trace.').action(
    act((session, [id]) => showTrace(session, id as string)),
  );
}

async function plugins(session: Session): Promise<void> {
  const { data } = await session.client.api.GET('/v1/plugins');
  if (data)
    session.printPage(data, {
      empty: 'No plugin is installed.',
      columns: [
        { title: 'PLUGIN', text: (item) => item.name },
        { title: 'VERSION', text: (item) => item.version },
        { title: 'KIND', text: (item) => item.kind },
        { title: 'RUNS', text: (item) => (item.guards ? 'isolated' : 'in the hub') },
        { title: 'STATE', text: (item) => (item.error ? `${item.state}: ${item.error}` : item.state) },
        {
          title: 'CAPABILITIES',
          text: (item) => item.capabilities.map((capability) => capability.name).join(', '),
        },
      ],
    });
}

async function release(session: Session, name: string): Promise<void> {
  const { data } = await session.client.api.POST('/v1/plugins/{name}/release', {
    params: { path: { name } },
  });
  const told = (data?.items ?? []).map((item) => `${item.name} ${item.version}: ${item.state}\n`);
  session.print(data, () => told.join(''));
}

async function capabilities(session: Session): Promise<void> {
  const { data } = await session.client.api.GET('/v1/capabilities');
  if (data)
    session.printPage(data, {
      empty: 'No plugin offers a capability.',
      columns: [
        { title: 'CAPABILITY', text: (item) => item.name },
        { title: 'EFFECT', text: (item) => item.effect },
        { title: 'PLUGINS', text: (item) => item.plugins.join(', ') },
        { title: 'SUMMARY', text: (item) => item.summary },
      ],
    });
}

async function audit(session: Session, options: PageOptions): Promise<void> {
  const { data } = await session.client.api.GET('/v1/audit', { params: { query: pageOf(options) } });
  if (data)
    session.printPage(data, {
      empty: 'Nothing was changed yet.',
      columns: [
        { title: 'AT', text: (item) => instant(item.at) },
        { title: 'WHO', text: (item) => item.subject },
        { title: 'WHAT', text: (item) => item.action },
        { title: 'TARGET', text: (item) => item.target },
        { title: 'FROM', text: (item) => item.origin ?? '' },
      ],
    });
}

type PolicyListing = PageOptions & { all?: boolean };

async function listPolicies(session: Session, options: PolicyListing): Promise<void> {
  const query = { ...pageOf(options), ...given({ all: options.all ? 'true' : undefined }) };
  const { data } = await session.client.api.GET('/v1/policies', { params: { query } });
  if (data)
    session.printPage(data, {
      empty: 'There are no policies: every connection of a capability is used, by name.',
      columns: [
        { title: 'POLICY', text: (item) => item.name },
        { title: 'CAPABILITY', text: (item) => item.capability },
        { title: 'VERSION', text: (item) => String(item.version), right: true },
        { title: 'SERVES', text: (item) => (item.active ? 'yes' : 'no') },
        { title: 'SINCE', text: (item) => instant(item.createdAt) },
        { title: 'BY', text: (item) => item.createdBy },
      ],
    });
}

async function restorePolicy(session: Session, name: string, version: string): Promise<void> {
  const { data } = await session.client.api.POST('/v1/policies/{name}/versions/{version}/restore', {
    params: { path: { name, version: numberOf(version, 'VERSION') } },
  });
  if (data)
    session.print(data, () =>
      data.change === 'unchanged'
        ? `Version ${data.version} of ${name} says this already.\n`
        : `Version ${version} of ${name} serves again, as version ${data.version}.\n`,
    );
}

async function withdrawPolicy(session: Session, name: string): Promise<void> {
  await session.client.api.DELETE('/v1/policies/{name}', { params: { path: { name } } });
  session.print(
    { name, withdrawn: true },
    () => `${name} was withdrawn; npx tutti policies show ${name} has its versions.\n`,
  );
}

async function showPolicy(session: Session, name: string, yaml: boolean): Promise<void> {
  const { data } = await session.client.api.GET('/v1/policies/{name}', { params: { path: { name } } });
  if (data === undefined) return;
  session.print(data, () =>
    yaml
      ? data.source
      : facts([
          ['policy', data.name],
          ['capability', data.capability],
          ['version', String(data.version)],
          ...data.versions.map(
            (version) => [version.active ? 'active' : 'before', versionLine(version)] as const,
          ),
        ]) + pretty(data.definition),
  );
}

async function inventory(
  session: Session,
  options: PageOptions & { kind?: string; managed?: boolean; unmanaged?: boolean },
): Promise<void> {
  const managed = options.managed ? 'true' : options.unmanaged ? 'false' : undefined;
  const query = { ...pageOf(options), ...given({ kind: options.kind as 'model' | undefined, managed }) };
  const { data } = await session.client.api.GET('/v1/inventory', { params: { query } });
  if (data)
    session.printPage(data, {
      empty: 'Nothing was seen yet. Send OpenTelemetry to port 4318 of the hub.',
      columns: [
        { title: 'KIND', text: (item) => item.kind },
        { title: 'NAME', text: (item) => item.name },
        { title: 'PROVIDER', text: (item) => item.provider ?? '' },
        { title: 'APPLICATION', text: (item) => item.application ?? '' },
        { title: 'MANAGED', text: (item) => (item.managed ? 'yes' : 'no') },
        { title: 'CALLS', text: (item) => String(item.calls), right: true },
        { title: 'ERRORS', text: (item) => String(item.errors), right: true },
        { title: 'TOKENS', text: (item) => String(item.inputTokens + item.outputTokens), right: true },
        { title: 'COST', text: (item) => money(item.costMicros, item.currency), right: true },
        { title: 'LAST SEEN', text: (item) => instant(item.lastSeenAt) },
      ],
    });
}

async function listTraces(
  session: Session,
  options: PageOptions & { service?: string; run?: string },
): Promise<void> {
  const query = { ...pageOf(options), ...given({ service: options.service, runId: options.run }) };
  const { data } = await session.client.api.GET('/v1/traces', { params: { query } });
  if (data)
    session.printPage(data, {
      empty: 'There are no traces yet.',
      columns: [
        { title: 'TRACE', text: (item) => item.traceId },
        { title: 'STARTED', text: (item) => instant(item.startedAt) },
        { title: 'TIME', text: (item) => duration(item.durationMs), right: true },
        { title: 'SPANS', text: (item) => String(item.spans), right: true },
        { title: 'ERRORS', text: (item) => String(item.errors), right: true },
        { title: 'SERVICE', text: (item) => item.service },
        { title: 'NAME', text: (item) => item.name },
      ],
    });
}

async function showTrace(session: Session, traceId: string): Promise<void> {
  const { data } = await session.client.api.GET('/v1/traces/{traceId}', { params: { path: { traceId } } });
  if (data)
    session.printPage(
      { items: data.spans, nextCursor: null },
      {
        empty: 'The trace has no spans.',
        columns: [
          { title: 'STARTED', text: (span) => span.startedAt.slice(11, 23) },
          { title: 'TIME', text: (span) => (span.open ? 'open' : duration(span.durationMs)), right: true },
          { title: 'KIND', text: (span) => span.kind },
          { title: 'STATUS', text: (span) => span.status },
          { title: 'SERVICE', text: (span) => span.service },
          {
            title: 'NAME',
            text: (span) => oneLine(span.statusMessage ? `${span.name} (${span.statusMessage})` : span.name),
          },
        ],
      },
    );
}
