import { CapabilitiesApproval, CapabilitiesSettings, ConnectionCapabilities, TOPICS } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { DiscoveryStore, type StoredDiscovery } from '@tutti/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Patch, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { CONNECTION_TESTER, type ConnectionTester } from '../connections/connection.tester.js';
import { type ConnectionRow, findConnection } from '../connections/connections.queries.js';
import { unknownConnection } from '../connections/connections.service.js';
import type { Queryable } from '../database/rows.js';
import { descriptionOf, listPlugins } from '../plugins/plugins.queries.js';
import { ProblemError } from '../problems/problem.error.js';
import { discovered } from './discovered.js';

type Discovered = z.infer<typeof ConnectionCapabilities>;

/** What connections find that they can do, and what of it may be called. */
@Controller('v1/connections')
export class DiscoveriesController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(CONNECTION_TESTER) private readonly tester: ConnectionTester | null,
  ) {}

  @Get(':name/capabilities')
  @ApiOperation({
    summary: 'What a connection found that it can do, and how that differs from what was approved.',
    description:
      'Tools of MCP servers and operations of OpenAPI documents. Hosts look by themselves once an hour.',
  })
  @ApiOkResponse({ standardSchema: ConnectionCapabilities })
  getCapabilities(@Req() request: ApiRequest, @Param('name') name: string): Promise<Discovered> {
    return this.told(request.caller.workspaceId, name);
  }

  @Post(':name/capabilities/find')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ask the connection now what it can do. What it says is approved apart.' })
  @ApiOkResponse({ standardSchema: ConnectionCapabilities })
  async findCapabilities(@Req() request: ApiRequest, @Param('name') name: string): Promise<Discovered> {
    const { workspaceId } = request.caller;
    await this.connectionOf(workspaceId, name);
    if (this.tester === null)
      throw new ProblemError(
        'unavailable',
        'No connector host is reachable from here, so the connection cannot be asked.',
      );
    await this.tester.discover({ workspaceId, name });
    return this.told(workspaceId, name);
  }

  @Post(':name/capabilities/approve')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let workflows call what the connection found, just as it was shown.' })
  @ApiOkResponse({ standardSchema: ConnectionCapabilities })
  async approveCapabilities(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Body({ schema: CapabilitiesApproval }) { hash, effects }: z.infer<typeof CapabilitiesApproval>,
  ): Promise<Discovered> {
    await this.change(request, name, async (manager, stored) => {
      if (stored.foundHash !== hash)
        throw new ProblemError(
          'conflict',
          `The connection "${name}" has found something else than what is to be approved: look at it again.`,
        );
      checkEffects(stored, effects);
      await DiscoveryStore.approve(manager, stored, { by: request.caller.subject, effects });
      const before = { hash: stored.approvedHash, capabilities: stored.approved?.length ?? 0 };
      const after = { hash, capabilities: stored.found?.length ?? 0, effects };
      return { action: 'connection.capabilities-approved', before, after };
    });
    return this.told(request.caller.workspaceId, name);
  }

  @Patch(':name/capabilities')
  @ApiOperation({ summary: 'Say whether changes of the other side wait for approval, and how names begin.' })
  @ApiOkResponse({ standardSchema: ConnectionCapabilities })
  async setCapabilities(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Body({ schema: CapabilitiesSettings }) settings: z.infer<typeof CapabilitiesSettings>,
  ): Promise<Discovered> {
    await this.change(request, name, async (manager, stored) => {
      const before = { mode: stored.mode, prefix: stored.prefix };
      const after = {
        mode: settings.mode ?? stored.mode,
        prefix: settings.prefix === undefined ? stored.prefix : settings.prefix,
      };
      await DiscoveryStore.settle(manager, stored, after);
      return { action: 'connection.capabilities-set', before, after };
    });
    return this.told(request.caller.workspaceId, name);
  }

  /** In one transaction with its event of the audit trail; hosts and orchestrators are told. */
  private async change(
    request: ApiRequest,
    name: string,
    work: (
      manager: Queryable,
      stored: StoredDiscovery,
    ) => Promise<{ action: string; before: object; after: object }>,
  ): Promise<void> {
    const { workspaceId } = request.caller;
    await this.connectionOf(workspaceId, name);
    await this.dataSource.transaction(async (manager) => {
      const stored = await DiscoveryStore.read(manager, { workspaceId, connection: name }, 'lock');
      if (stored === null)
        throw new ProblemError(
          'conflict',
          `The connection "${name}" has not found anything yet. ` +
            `Ask it: npx tutti connections capabilities ${name} --find`,
        );
      const about = await work(manager, stored);
      const { caller, ip: origin } = request;
      await this.audit.append(manager, { caller, origin, target: `connection:${name}`, ...about });
    });
    await this.bus.publish(TOPICS.control, [
      { kind: 'definitions.changed', workspaceId, what: 'connection' },
    ]);
  }

  private async told(workspaceId: string, name: string): Promise<Discovered> {
    const { plugin } = await this.connectionOf(workspaceId, name);
    const rows = await listPlugins(this.dataSource, plugin);
    const discovers = rows.some((row) => row.state === 'loaded' && descriptionOf(row).discovers === true);
    const stored = await DiscoveryStore.read(this.dataSource, { workspaceId, connection: name });
    return discovered({ name, plugin, discovers }, stored);
  }

  private async connectionOf(workspaceId: string, name: string): Promise<ConnectionRow> {
    const row = await findConnection(this.dataSource, workspaceId, name);
    if (row === undefined) throw unknownConnection(name);
    return row;
  }
}

function checkEffects({ found }: StoredDiscovery, effects: Record<string, unknown>): void {
  const unknown = Object.keys(effects).filter(
    (name) => !(found ?? []).some(({ capability }) => capability === name),
  );
  if (unknown.length > 0)
    throw new ProblemError('invalid-input', `The connection found no ${unknown.join(', ').slice(0, 300)}.`, {
      more: { errors: unknown.map((name) => ({ pointer: `/effects/${name}`, detail: 'was not found' })) },
    });
}
