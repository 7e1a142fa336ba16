import type { Finding, WorkflowPreview } from '@tutti/contracts';
import {
  compareWorkflows,
  contentHash,
  REVIEW_CAPABILITY,
  type WorkflowComparison,
  type WorkflowDocument,
} from '@tutti/workflow';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { counted } from '../problems/counted.js';
import { findCurrent, type TriggerOfWorkflow, triggersOf, versionsNamed } from './versions.queries.js';
import { capabilityKnowledge } from './capability-knowledge.js';
import { type WorkflowKey, findVersion } from './workflows.queries.js';
import { WorkflowsService } from './workflows.service.js';

/** Findings of lint that say that a capability has no connection. */
const NOT_OFFERED = ['unknown-capability', 'missing-connection', 'plugin-not-loaded'];

type Break = WorkflowPreview['breaks'][number];

/** What an apply would change, and what it would break. Changes nothing. */
@Injectable()
export class WorkflowPreviews {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(WorkflowsService) private readonly workflows: WorkflowsService,
  ) {}

  /**
   * Refuses a document that an apply would refuse, but for capabilities that no connection offers: those are
   * told with the rest.
   */
  async preview(workspaceId: string, text: string): Promise<WorkflowPreview> {
    const { document, findings } = await this.workflows.checked(workspaceId, text, NOT_OFFERED);
    // One snapshot: the version that is compared with is the one that is told.
    const seen = await this.dataSource.transaction('REPEATABLE READ', (manager) =>
      look(manager, { workspaceId, document }),
    );
    const { namespace, name, version } = document.document;
    const { before, known, ...found } = seen;
    const facts = await capabilityKnowledge(this.dataSource, workspaceId);
    const isOffered = (item: string) => item === REVIEW_CAPABILITY || facts.get(item)?.connected === true;
    const compared = compareWorkflows(before, document);
    const added = compared.capabilities.added.map((item) => ({ name: item, offered: isOffered(item) }));
    return {
      namespace,
      name,
      version,
      contentHash: contentHash(document),
      findings,
      change: changeOf(found.current, known),
      known: found.current?.number === known ? null : known,
      ...found,
      ...compared,
      capabilities: { added, removed: compared.capabilities.removed },
      breaks: breaksOf(compared, { findings, triggers: found.triggers, enabled: found.enabled }),
    };
  }
}

async function look(manager: EntityManager, at: { workspaceId: string; document: WorkflowDocument }) {
  const { workspaceId, document } = at;
  const { namespace, name } = document.document;
  const key: WorkflowKey = { workspaceId, namespace, name };
  const triggers = await triggersOf(manager, key);
  const row = await findCurrent(manager, key);
  if (row === undefined) return { triggers, before: null, known: null, current: null, enabled: true };
  const { workflowId, number, enabled } = row;
  const [current] = await versionsNamed(manager, { workspaceId, workflowId, number, hashStart: null });
  const same = await findVersion(manager, { workspaceId, workflowId, contentHash: contentHash(document) });
  return {
    triggers,
    enabled,
    known: same?.number ?? null,
    current: current ?? null,
    before: JSON.parse(row.definition) as WorkflowDocument,
  };
}

function changeOf(current: { number: number } | null, known: number | null): WorkflowPreview['change'] {
  if (current === null) return 'created';
  return current.number === known ? 'unchanged' : 'updated';
}

function breaksOf(
  { input }: WorkflowComparison,
  at: {
    findings: readonly Finding[];
    triggers: readonly TriggerOfWorkflow[];
    enabled: boolean;
  },
): Break[] {
  const breaks: Break[] = [];
  if (input.length > 0) breaks.push({ code: 'input-stricter', message: inputText(input, at.triggers) });
  const missing = at.findings.filter(
    ({ code, severity }) => severity === 'error' && NOT_OFFERED.includes(code),
  );
  for (const { message } of missing)
    breaks.push({ code: 'capability-missing', message: `${message}. The apply is refused until one does.` });
  if (!at.enabled) {
    const message =
      'The workflow is disabled, and stays so: the new version starts no runs until it is enabled.';
    breaks.push({ code: 'disabled', message });
  }
  return breaks;
}

function inputText(input: WorkflowComparison['input'], triggers: readonly TriggerOfWorkflow[]): string {
  const may = input.some(({ certain }) => certain) ? 'refuses' : 'may refuse';
  const names = triggers.map(({ name }) => name).join(', ');
  const whose =
    triggers.length === 0
      ? 'Callers must send what it asks for.'
      : `Callers and ${counted(triggers.length, 'trigger')} (${names}) must send what it asks for.`;
  return `The input schema ${may} what it took before in ${counted(input.length, 'place')}. ${whose}`;
}
