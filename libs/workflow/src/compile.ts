import { SECRET_NAME, type Finding } from '@tutti/contracts';
import type { CompiledWorkflow, DoTask } from './compiled.types.js';
import { Compilation, inside, START, writtenAt } from './compilation.js';
import { compileExtensions } from './compile-extension.js';
import { compileList } from './compile-list.js';
import { compileSecrets } from './compile-secrets.js';
import { contentHash } from './content-hash.js';
import type { WorkflowDocument } from './document.types.js';
import { limitFindings, workflowHints } from './hints.js';
import { mcpFindings } from './mcp-hints.js';
import { placed, type Locate } from './parse.js';
import type { CapabilityKnowledge, StoppedPlugin } from './lint/calls.js';
import { discreet } from './lint/discreet.js';
import { documented } from './lint/documented.js';
import { distinct, documentFindings, foremost, inOrder } from './lint/lint.js';
import type { OperatorSwitch } from './lint/switches.js';
import { compileEventStart } from './schedule/event-start.js';
import { subWorkflowFindings, type WorkflowKnowledge } from './lint/sub-workflows.js';
import { scheduleFindings } from './schedule/schedule-hints.js';
import { scheduleTemplate } from './schedule/schedule-input.js';
import { NO_FLOW } from './task-job.js';

/** What lint is told beside the document. */
export interface LintOptions {
  /**
   * The capabilities that the hub's plugins have, and what is known of them; absent: not looked at.
   */
  capabilities?: CapabilityKnowledge;
  /** Names of the secrets that the workspace has; absent: not looked at. */
  secrets?: ReadonlySet<string>;
  /** Functions that could not be fetched, by their `call`, and why. */
  unread?: ReadonlyMap<string, string>;
  /** The versions of the workflows that tasks run; absent: not looked at. */
  workflows?: WorkflowKnowledge;
  /** What the operator of the hub has not allowed; absent: not known. */
  switchedOff?: readonly OperatorSwitch[];
  /** From `parseWorkflow`, to give the findings line and column. */
  locate?: Locate;
}

/** The document cannot run here; `findings` say why. */
export class WorkflowRefused extends Error {
  override readonly name = 'WorkflowRefused';
  readonly findings: Finding[];

  constructor(findings: Finding[]) {
    super(findings.map(({ pointer, message }) => `${pointer ?? ''}: ${message}`).join('; '));
    this.findings = findings;
  }
}

/**
 * What would keep the document from running here (`error`) or is likely a mistake (`warning`). Functions that
 * are still to be fetched are not looked at.
 */
export function lintWorkflow(
  document: WorkflowDocument,
  { capabilities, secrets, unread = new Map(), workflows, switchedOff = [], locate }: LintOptions = {},
): Finding[] {
  const { compilation } = compileAll(document, { unfetched: true });
  const findings = distinct([
    ...documentFindings(document, { capabilities, unread, switchedOff }),
    ...compilation.findings,
    ...limitFindings(document),
    ...mcpFindings(document),
    ...(capabilities === undefined ? [] : unknownCapabilities(compilation, capabilities)),
    ...(workflows === undefined ? [] : subWorkflowFindings(document, workflows)),
    ...(secrets === undefined ? [] : missingSecrets(document, secrets)),
  ]);
  const told = documented(discreet(foremost(findings), document));
  return locate === undefined ? told : inOrder(told.map((finding) => placed(finding, locate)));
}

/**
 * Parses every expression once and indexes the tasks. Throws WorkflowRefused when the document cannot run:
 * then `lintWorkflow` has an error, or a function was not fetched.
 */
export function compileWorkflow(document: WorkflowDocument): CompiledWorkflow {
  const { compilation, workflow } = compileAll(document);
  const errors = compilation.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new WorkflowRefused(errors);
  return workflow;
}

/** JSON Schema of the input, null when the document has none. */
export function inputSchema(document: WorkflowDocument): unknown {
  return document.input?.schema?.document ?? null;
}

/** JSON Schema of the output, null when the document has none. */
export function outputSchema(document: WorkflowDocument): unknown {
  return document.output?.schema?.document ?? null;
}

function compileAll(
  document: WorkflowDocument,
  options: { unfetched?: boolean } = {},
): { compilation: Compilation; workflow: CompiledWorkflow } {
  const compilation = new Compilation(document, options);
  refuseSections(compilation);
  const secrets = compileSecrets(compilation);
  compilation.extensions = compileExtensions(compilation);
  const root: DoTask = {
    pointer: '',
    name: document.document.name,
    index: 0,
    definition: { do: document.do },
    input: NO_FLOW,
    output: NO_FLOW,
    export: NO_FLOW,
    then: 'continue',
    type: 'do',
    list: compileList(compilation, document.do, { place: inside(START, 'do') }),
  };
  compilation.tasks.set('', root);
  const timeout = compilation.timeout(document.timeout, inside(START, 'timeout'));
  const workflow: CompiledWorkflow = {
    document,
    contentHash: contentHash(document),
    hints: workflowHints(document),
    root,
    tasks: compilation.tasks,
    input: compilation.flow(document.input, inside(START, 'input')),
    output: compilation.flow(document.output, inside(START, 'output')),
    ...(timeout && { timeout }),
    secrets,
    capabilities: [...compilation.capabilities.keys()].sort(),
    listens: [...compilation.tasks.values()].some(({ type }) => type === 'listen'),
  };
  for (const finding of compilation.findings) {
    if (finding.pointer !== undefined) finding.pointer = writtenAt(finding.pointer);
  }
  return { compilation, workflow };
}

/**
 * Parts of the language that the hub does not run yet; to take them silently would change what the author
 * meant.
 */
function refuseSections(compilation: Compilation): void {
  const { document } = compilation;
  if (!/^1\.0\.\d+/.test(document.document.dsl)) {
    compilation.error('unsupported', '/document/dsl', `DSL ${document.document.dsl} is not supported`);
    compilation.fix("Write dsl: '1.0.3'.");
  }
  compilation.findings.push(...scheduleFindings(document));
  scheduleTemplate(document, compilation.parser([]));
  compileEventStart(compilation);
}

function missingSecrets({ use }: WorkflowDocument, known: ReadonlySet<string>): Finding[] {
  return (use?.secrets ?? []).flatMap((name, index) =>
    known.has(name) || !SECRET_NAME.test(name)
      ? []
      : {
          severity: 'warning',
          code: 'missing-secret',
          pointer: `/use/secrets/${index}`,
          message: `The workspace has no secret "${name}", so that calls that use it will fail`,
          fix: `Set it, with the value on standard input: npx tutti secrets set ${name}.`,
        },
  );
}

function notLoaded(
  capability: string,
  { why, fix }: StoppedPlugin,
): Pick<Finding, 'code' | 'message' | 'fix'> {
  return {
    code: 'plugin-not-loaded',
    message: `The plugin that has ${capability} does not work: ${why}`,
    fix,
  };
}

function unknownCapabilities(compilation: Compilation, known: CapabilityKnowledge): Finding[] {
  return [...compilation.capabilities].flatMap(([name, task]): Finding[] => {
    const facts = known.get(name);
    const finding = { severity: 'error' as const, pointer: `${writtenAt(task)}/call` };
    const stopped = facts?.stopped?.[0];
    if (facts?.connected === true) {
      // It is to be there, so that the apply goes on: what is wrong with it may be over before a run begins.
      return stopped && facts.plugins.length === 0
        ? [{ ...finding, ...notLoaded(name, stopped), severity: 'warning' as const }]
        : [];
    }
    if (stopped && facts?.plugins.length === 0) return [{ ...finding, ...notLoaded(name, stopped) }];
    if (facts === undefined) {
      const message = `No connection offers the capability ${name}, and no plugin has it`;
      const fix = 'Install a plugin that has it and add a connection of it, or correct the name.';
      return [{ ...finding, code: 'unknown-capability', message, fix }];
    }
    const message = `No connection offers the capability ${name}`;
    const fix = `Add or enable a connection of ${facts.plugins.join(' or ')} (tutti connections add).`;
    return [{ ...finding, code: 'missing-connection', message, fix }];
  });
}
