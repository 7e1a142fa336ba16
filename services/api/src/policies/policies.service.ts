import { createHash } from 'node:crypto';
import { type Applied, type Finding, TOPICS, uuidv7 } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { compilePolicy, parsePolicy, type RoutingPolicyDocument } from '@tutti/routing';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { type Page, decodeCursor, pageFrom } from '../database/page.js';
import { type Queryable, parseJson } from '../database/rows.js';
import { counted } from '../problems/counted.js';
import { ProblemError } from '../problems/problem.error.js';
import {
  type PolicyRow,
  deactivate,
  findActiveFor,
  findPolicyVersion,
  insertPolicy,
  listPolicies,
  listPolicyVersions,
  lockPolicies,
} from './policies.queries.js';

export interface PolicyItem {
  name: string;
  capability: string;
  version: number;
  contentHash: string;
  active: boolean;
  createdBy: string;
  createdAt: string;
}

export interface PolicyDetail extends PolicyItem {
  source: string;
  definition: unknown;
  versions: PolicyItem[];
}

export interface ApplyPolicy {
  caller: Caller;
  origin: string;
  text: string;
  plan: boolean;
}

/** Something done to a policy that is there. */
interface PolicyChange {
  caller: Caller;
  origin: string;
  name: string;
}

/** Routing policies: at most one is active per capability; what was active before stays as a version. */
@Injectable()
export class PoliciesService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  async apply(request: ApplyPolicy): Promise<Applied> {
    const { policy, findings } = checkPolicy(request.text);
    const { workspaceId } = request.caller;
    const applied = await this.dataSource.transaction((manager) =>
      this.store(manager, { ...request, policy, findings }),
    );
    if (!request.plan && applied.change !== 'unchanged') await this.tellOf(workspaceId);
    return applied;
  }

  /** Applies the text of a version again, as a new version. Rejects with `not-found`. */
  async restore(at: PolicyChange & { version: number }): Promise<Applied> {
    const { caller, origin, name, version } = at;
    const { workspaceId } = caller;
    const row = await findPolicyVersion(this.dataSource, { workspaceId, name, version });
    if (row === undefined)
      throw new ProblemError('not-found', `The routing policy "${name}" has no version ${version}.`);
    return this.apply({ caller, origin, text: row.source, plan: false });
  }

  /** Nothing serves its capability by this policy any longer; its versions stay. Rejects with `not-found`. */
  async withdraw({ caller, origin, name }: PolicyChange): Promise<void> {
    const { workspaceId } = caller;
    const withdrawn = await this.dataSource.transaction(async (manager) => {
      await lockPolicies(manager, workspaceId);
      const versions = await listPolicyVersions(manager, workspaceId, name);
      if (versions.length === 0) throw unknownPolicy(name);
      const serving = versions.find(({ active }) => active);
      if (serving === undefined) return false;
      const { capability, version } = serving;
      await deactivate(manager, { workspaceId, name, capability });
      const target = `policy:${name}`;
      const before = { capability, version };
      await this.audit.append(manager, { caller, origin, action: 'policy.withdrawn', target, before });
      return true;
    });
    if (withdrawn) await this.tellOf(workspaceId);
  }

  private async tellOf(workspaceId: string): Promise<void> {
    await this.bus.publish(TOPICS.control, [{ kind: 'definitions.changed', workspaceId, what: 'policy' }]);
  }

  private async store(
    manager: Queryable,
    at: ApplyPolicy & { policy: RoutingPolicyDocument; findings: Finding[] },
  ): Promise<Applied> {
    const { workspaceId, subject } = at.caller;
    const { name } = at.policy.metadata;
    const { capability } = at.policy.spec;
    await lockPolicies(manager, workspaceId);
    const [newest, versions] = await this.newestOf(manager, workspaceId, name);
    const serving = await findActiveFor(manager, workspaceId, capability);
    const definition = JSON.stringify(at.policy);
    const contentHash = createHash('sha256').update(definition).digest('hex');
    const unchanged = serving?.name === name && serving.contentHash === contentHash;
    const change = newest === undefined ? 'created' : unchanged ? 'unchanged' : 'updated';
    const version = unchanged ? serving.version : versions + 1;
    const applied: Applied = {
      kind: 'RoutingPolicy',
      name,
      version: String(version),
      contentHash,
      change,
      findings: [...at.findings, ...replaces(serving, name)],
    };
    if (at.plan || unchanged) return applied;
    await deactivate(manager, { workspaceId, name, capability });
    await insertPolicy(manager, {
      id: uuidv7(),
      workspaceId,
      name,
      capability,
      version,
      contentHash,
      source: at.text,
      definition,
      createdBy: subject,
    });
    await this.audit.append(manager, {
      caller: at.caller,
      origin: at.origin,
      action: `policy.${change}`,
      target: `policy:${name}`,
      before: serving && { name: serving.name, version: serving.version },
      after: { capability, version, contentHash },
    });
    return applied;
  }

  async list(
    workspaceId: string,
    query: { cursor?: string | undefined; limit: number; all?: boolean | undefined },
  ): Promise<Page<PolicyItem>> {
    const rows = await listPolicies(this.dataSource, {
      workspaceId,
      all: query.all === true,
      after: decodeCursor(query.cursor),
      limit: query.limit + 1,
    });
    return pageFrom(rows, query.limit, { item: toItem, key: (row) => row.name });
  }

  async detail(workspaceId: string, name: string): Promise<PolicyDetail> {
    const versions = await listPolicyVersions(this.dataSource, workspaceId, name);
    const shown = versions.find((row) => row.active) ?? versions[0];
    if (shown === undefined) throw unknownPolicy(name);
    return {
      ...toItem(shown),
      source: shown.source,
      definition: parseJson(shown.definition),
      versions: versions.map(toItem),
    };
  }

  private async newestOf(
    manager: Queryable,
    workspaceId: string,
    name: string,
  ): Promise<[PolicyRow | undefined, number]> {
    const [newest] = await listPolicyVersions(manager, workspaceId, name);
    return [newest, newest?.version ?? 0];
  }
}

function unknownPolicy(name: string): ProblemError {
  return new ProblemError('not-found', `There is no routing policy "${name}".`);
}

function checkPolicy(text: string): { policy: RoutingPolicyDocument; findings: Finding[] } {
  const parsed = parsePolicy(text);
  const findings = [
    ...parsed.findings,
    ...(parsed.policy === undefined ? [] : compileFindings(parsed.policy)),
  ];
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (parsed.policy !== undefined && errors.length === 0) return { policy: parsed.policy, findings };
  const first = errors[0];
  throw new ProblemError(
    'invalid-policy',
    `The policy has ${counted(errors.length, 'error')}${first ? `; the first: ${first.message}` : ''}`,
    { more: { errors: errors.map((finding) => ({ ...finding, detail: finding.message })) } },
  );
}

/** Conditions that do not parse show only when the policy is compiled. */
function compileFindings(policy: RoutingPolicyDocument): Finding[] {
  try {
    compilePolicy(policy);
    return [];
  } catch (error) {
    if (error instanceof Error && 'findings' in error && Array.isArray(error.findings))
      return error.findings as Finding[];
    throw error;
  }
}

function replaces(serving: PolicyRow | undefined, name: string): Finding[] {
  if (serving === undefined || serving.name === name) return [];
  return [
    {
      severity: 'warning',
      code: 'replaces-policy',
      message:
        `The policy "${serving.name}" serves ${serving.capability} now; this one takes its place, ` +
        'because a capability has one policy.',
    },
  ];
}

function toItem(row: PolicyRow): PolicyItem {
  const { name, capability, version, contentHash, active, createdBy, createdAt } = row;
  return { name, capability, version, contentHash, active, createdBy, createdAt };
}
