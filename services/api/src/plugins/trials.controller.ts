import {
  type CallRequest,
  type CallSettled,
  type CapabilityDescription,
  newSpanId,
  newTraceId,
  Trial,
  TrialRequest,
  uuidv7,
} from '@tutti/contracts';
import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { CONNECTION_TESTER, type ConnectionTester } from '../connections/connection.tester.js';
import { findConnection } from '../connections/connections.queries.js';
import { unknownConnection } from '../connections/connections.service.js';
import { describedCapability } from '../discoveries/discovered.js';
import { approvedCapability } from '../discoveries/discoveries.queries.js';
import { ProblemError } from '../problems/problem.error.js';
import { descriptionOf, listPlugins } from './plugins.queries.js';

const TIMEOUT_MS = 60_000;
const CONSEQUENCE = {
  'idempotent-write': 'changes data on the other side, once however often this call is repeated with its key',
  write: 'changes data on the other side each time it is called',
} as const;

interface Wanted {
  workspaceId: string;
  plugin: string;
  version: string;
  capability: CapabilityDescription;
  connection: string;
  input: unknown;
}

/** Single calls that people try out, outside of any run. */
@Controller('v1/plugins')
export class TrialsController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(CONNECTION_TESTER) private readonly tester: ConnectionTester | null,
  ) {}

  @Post(':name/capabilities/:capability/try')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Call a capability once over a connection. Effects other than read have to be confirmed.',
    description:
      'The call is made for real, with the limits of the connection, at most 60 s long, and is not repeated. ' +
      'It has a trace and an event of the audit trail. A failed call is a 200 whose status is "failed".',
  })
  @ApiOkResponse({ standardSchema: Trial })
  async tryCapability(
    @Req() request: ApiRequest,
    @Param('name') plugin: string,
    @Param('capability') name: string,
    @Body({ schema: TrialRequest }) body: z.infer<typeof TrialRequest>,
  ): Promise<Trial> {
    if (this.tester === null)
      throw new ProblemError(
        'unavailable',
        'No connector host is reachable from here, so nothing can be called.',
      );
    const { workspaceId } = request.caller;
    const { connection } = body;
    const { version, capability } = await this.offerOf({ workspaceId, plugin, name, connection });
    const { effect } = capability;
    await this.assertConnection(workspaceId, body.connection, plugin);
    if (effect !== 'read' && body.confirm !== effect)
      throw new ProblemError(
        'conflict',
        `${name} ${CONSEQUENCE[effect]}. Send "confirm": "${effect}" (--yes on the command line) to call it all the same.`,
      );
    const { input } = body;
    const call = callOf({ workspaceId, plugin, version, capability, connection, input });
    const { idempotencyKey, trace } = call;
    await this.dataSource.transaction((manager) =>
      this.audit.append(manager, {
        caller: request.caller,
        origin: request.ip,
        action: 'plugin.tried',
        target: `plugin:${plugin}`,
        after: { version, capability: name, connection, effect, idempotencyKey, traceId: trace.traceId },
      }),
    );
    const settled = await this.tester.tryCall(call);
    return {
      capability: name,
      connection,
      plugin,
      version,
      effect,
      idempotencyKey,
      traceId: trace.traceId,
      ...outcomeOf(settled),
    };
  }

  private async offerOf(of: {
    workspaceId: string;
    plugin: string;
    name: string;
    connection: string;
  }): Promise<Pick<Wanted, 'version' | 'capability'>> {
    const { workspaceId, plugin, name, connection } = of;
    const rows = await listPlugins(this.dataSource, plugin);
    const row = rows.find(({ state }) => state === 'loaded');
    if (row === undefined)
      throw new ProblemError(
        rows.length === 0 ? 'not-found' : 'conflict',
        rows[0]
          ? `The plugin ${plugin} does not work: it is ${rows[0].state}. ${rows[0].error ?? ''}`.trim()
          : `There is no plugin "${plugin.slice(0, 64)}". GET /v1/plugins lists them.`,
      );
    const capability = descriptionOf(row).capabilities.find((offer) => offer.name === name);
    if (capability !== undefined) return { version: row.version, capability };
    const found = await approvedCapability(this.dataSource, { workspaceId, connection, capability: name });
    if (found === undefined)
      throw new ProblemError(
        'not-found',
        `${plugin} ${row.version} has no capability "${name.slice(0, 200)}".`,
      );
    return { version: row.version, capability: describedCapability(found) };
  }

  private async assertConnection(workspaceId: string, name: string, plugin: string): Promise<void> {
    const connection = await findConnection(this.dataSource, workspaceId, name);
    if (connection === undefined) throw unknownConnection(name);
    if (connection.plugin !== plugin)
      throw new ProblemError(
        'invalid-input',
        `The connection "${name}" is one of ${connection.plugin}, not of ${plugin}.`,
      );
  }
}

/** A call as a run makes it, with a run and a workflow that are not there. */
function callOf({ workspaceId, plugin, version, capability, connection, input }: Wanted): CallRequest {
  const id = uuidv7();
  return {
    kind: 'call.request',
    runId: id,
    workspaceId,
    workflow: { namespace: 'tutti', name: 'try', version, versionId: id },
    callId: '/try',
    attempt: 1,
    task: '/try',
    taskName: `try ${capability.name}`,
    target: {
      kind: 'capability',
      capability: capability.name,
      version: '1',
      connection,
      plugin,
      pluginVersion: version,
    },
    input,
    effect: capability.effect,
    idempotencyKey: id,
    timeoutMs: TIMEOUT_MS,
    redelivered: false,
    trace: { traceId: newTraceId(), spanId: newSpanId() },
  };
}

type OutcomeFields = Pick<
  Trial,
  'status' | 'output' | 'confidence' | 'usage' | 'fate' | 'error' | 'durationMs'
>;

function outcomeOf({ outcome, startedAt, endedAt }: CallSettled): OutcomeFields {
  const durationMs = Math.max(0, Math.round(endedAt - startedAt));
  if (outcome.status === 'failed')
    return { status: 'failed', fate: outcome.fate, error: outcome.error, durationMs } as OutcomeFields;
  const { output, confidence, usage } = outcome;
  return {
    status: 'succeeded',
    output,
    ...(confidence === undefined ? {} : { confidence }),
    ...(usage === undefined ? {} : { usage: { ...usage } }),
    durationMs,
  };
}
