import { type Applied, ApiProblem, type TuttiClient, type WorkflowPreview } from '@tutti/client';
import type { Finding } from '@tutti/contracts';
import type { Command } from 'commander';
import { problemText } from '../output/errors.js';
import { findingsText } from '../output/findings.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { existingConnection } from './connections.commands.js';
import { type ConnectionDocument, type Definition, definitionsAt } from './documents.js';
import { previewText } from './preview-text.js';
import { given } from './arguments.js';

/** What became of a definition: the API's answer, or the same for a connection. */
type AppliedDefinition = Pick<Applied, 'name' | 'version' | 'change' | 'findings'> & {
  kind: string;
  namespace?: string;
};

interface ApplyOptions {
  file: string[];
  plan?: boolean;
  dryRun?: boolean;
  note?: string;
}

interface Outcome {
  file: string;
  applied?: AppliedDefinition;
  problem?: ApiProblem['problem'];
  preview?: WorkflowPreview;
}

/** `tutti apply`. */
export function addDefinitionCommands(program: Command, { define, act }: CommandKit): void {
  define(
    program,
    'apply',
    'Apply workflows, routing policies, triggers and connections from files or folders.',
  )
    .requiredOption('-f, --file <path...>', 'files, or folders with .yaml, .yml and .json files')
    .option('--plan', 'say what would change, and change nothing')
    .option('--dry-run', 'the same, and what workflows would break')
    .option('--note <text>', 'what is said of the new workflow versions')
    .action(act<ApplyOptions>((session, _args, options) => apply(session, options)));
}

async function apply(session: Session, options: ApplyOptions): Promise<void> {
  const definitions = definitionsAt(session.io, options.file);
  if (definitions.length === 0) {
    throw new CliError(
      'There is nothing to apply: no file holds a workflow, a routing policy, a trigger or connections.',
      EXIT.usage,
    );
  }
  const plan = options.plan === true || options.dryRun === true;
  const outcomes: Outcome[] = [];
  for (const definition of definitions)
    outcomes.push(...(await applyOne(session, definition, { ...options, plan })));
  if (outcomes.some((outcome) => outcome.problem)) session.exitCode = EXIT.failed;
  session.print(outcomes, () => outcomes.map((outcome) => outcomeText(outcome, plan)).join(''));
}

async function applyOne(
  session: Session,
  definition: Definition,
  { plan, dryRun, note }: ApplyOptions & { plan: boolean },
): Promise<Outcome[]> {
  const { file, kind } = definition;
  if (kind === 'Connections') {
    const outcomes: Outcome[] = [];
    for (const connection of definition.connections) {
      outcomes.push(await attempt(file, () => createConnection(session, connection, plan)));
    }
    return outcomes;
  }
  const { client } = session;
  const { text } = definition;
  if (kind === 'Workflow' && dryRun === true) return [await previewOne(session, file, text)];
  return [await attempt(file, () => applyText(client, { kind, text, plan, note }))];
}

async function previewOne(session: Session, file: string, text: string): Promise<Outcome> {
  let preview: WorkflowPreview | undefined;
  const outcome = await attempt(file, async () => {
    preview = await session.client.previewWorkflow(text);
    return { kind: 'Workflow', ...preview };
  });
  return preview === undefined ? outcome : { file, preview };
}

function applyText(
  client: TuttiClient,
  {
    kind,
    text,
    plan,
    note,
  }: {
    kind: 'Workflow' | 'RoutingPolicy' | 'Trigger';
    text: string;
    plan: boolean;
    note: string | undefined;
  },
): Promise<AppliedDefinition> {
  switch (kind) {
    case 'Workflow':
      return client.applyWorkflow(text, { plan, note });
    case 'RoutingPolicy':
      return client.applyPolicy(text, { plan });
    case 'Trigger':
      return client.applyTrigger(text, { plan });
  }
}

/**
 * One refused definition does not keep the others back; a hub that does not answer or does not know us
 * does.
 */
async function attempt(file: string, work: () => Promise<AppliedDefinition>): Promise<Outcome> {
  try {
    return { file, applied: await work() };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code === 'unreachable' || error.code === 'unauthorized')
      throw error;
    return { file, problem: error.problem };
  }
}

/**
 * A file makes connections that are missing. One that is there was set up by a person, and a file must not
 * undo that.
 */
async function createConnection(
  session: Session,
  connection: ConnectionDocument,
  plan: boolean,
): Promise<AppliedDefinition> {
  const { name, plugin, settings = {}, limits, owner, environment } = connection;
  const applied = { kind: 'Connection', name, version: plugin, findings: [] };
  if ((await existingConnection(session, name)) !== undefined) return { ...applied, change: 'unchanged' };
  if (!plan) {
    const body = { plugin, settings, enabled: true, ...given({ limits, owner, environment }) };
    await session.client.api.PUT('/v1/connections/{name}', { params: { path: { name } }, body });
  }
  return { ...applied, change: 'created' };
}

function outcomeText(outcome: Outcome, plan: boolean): string {
  if (outcome.preview !== undefined)
    return (
      `${outcome.file}: ${previewText(outcome.preview)}` +
      findingsText(outcome.file, outcome.preview.findings as Finding[])
    );
  if (outcome.applied === undefined) {
    return `${outcome.file}: ${outcome.problem ? problemText(new ApiProblem(outcome.problem)) : 'failed\n'}`;
  }
  const { kind, namespace, name, version, change, findings } = outcome.applied;
  const what = plan && change !== 'unchanged' ? `would be ${change}` : change;
  const head = `${outcome.file}: ${kind} ${namespace ? `${namespace}/` : ''}${name} ${version} ${what}\n`;
  return head + findingsText(outcome.file, findings as Finding[]);
}
