import { ConnectionHosts, ConnectionHostsRequest, TOPICS } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { type Queryable, rowOf } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { lockConnection } from './connections.queries.js';
import { unknownConnection } from './connections.service.js';

type Hosts = z.infer<typeof ConnectionHosts>;
interface HostsRow {
  id: string;
  confirmed: string | null;
  asked: string | null;
}

/** The hosts that a plugin of others may call over a connection, where the plugin itself declares none. */
@Controller('v1/connections')
export class ConnectionHostsController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Get(':name/hosts')
  @ApiOperation({
    summary: 'The hosts that the plugin wants to call over a connection, and those that were confirmed.',
    description:
      'Only of plugins that do not come with the hub and declare no hosts. A test of the connection asks the plugin.',
  })
  @ApiOkResponse({ standardSchema: ConnectionHosts })
  async getHosts(@Req() request: ApiRequest, @Param('name') name: string): Promise<Hosts> {
    return told(await this.rowOf(this.dataSource, request.caller.workspaceId, name));
  }

  @Post(':name/hosts')
  @HttpCode(200)
  @ApiOperation({ summary: 'Confirm the hosts that the plugin wants to call, exactly as they were shown.' })
  @ApiOkResponse({ standardSchema: ConnectionHosts })
  async confirmHosts(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Body({ schema: ConnectionHostsRequest }) { hosts }: z.infer<typeof ConnectionHostsRequest>,
  ): Promise<Hosts> {
    const { workspaceId } = request.caller;
    const after = await this.dataSource.transaction(async (manager) => {
      await lockConnection(manager, workspaceId, name);
      const row = await this.rowOf(manager, workspaceId, name);
      const before = told(row);
      if (before.asked.some((host) => !hosts.includes(host)) || hosts.length !== before.asked.length)
        throw new ProblemError(
          'conflict',
          `The plugin wants to call ${before.asked.join(', ') || 'nothing yet: test the connection first'}. Confirm just that.`,
        );
      const confirmed = [...new Set([...before.confirmed, ...hosts])].sort();
      await manager.query('UPDATE connection_hosts SET confirmed = $2 WHERE connection_id = $1', [
        row.id,
        JSON.stringify(confirmed),
      ]);
      await manager.query(
        'UPDATE connections SET revision = revision + 1, updated_at = clock_timestamp() WHERE id = $1',
        [row.id],
      );
      await this.audit.append(manager, {
        caller: request.caller,
        origin: request.ip,
        action: 'connection.hosts-confirmed',
        target: `connection:${name}`,
        before: { hosts: before.confirmed },
        after: { hosts: confirmed },
      });
      return { asked: before.asked, confirmed, waiting: [] };
    });
    await this.bus.publish(TOPICS.control, [
      { kind: 'definitions.changed', workspaceId, what: 'connection' },
    ]);
    return after;
  }

  private async rowOf(database: Queryable, workspaceId: string, name: string): Promise<HostsRow> {
    const row = await rowOf<HostsRow>(
      database,
      `SELECT c.id, h.confirmed, h.asked FROM connections c
         LEFT JOIN connection_hosts h ON h.connection_id = c.id AND h.plugin = c.plugin
        WHERE c.workspace_id = $1 AND c.name = $2`,
      [workspaceId, name],
    );
    if (row === undefined) throw unknownConnection(name);
    return row;
  }
}

function told({ confirmed, asked }: HostsRow): Hosts {
  const wanted = listOf(asked);
  const known = confirmed === '*' ? wanted : listOf(confirmed);
  return { asked: wanted, confirmed: known, waiting: wanted.filter((host) => !known.includes(host)) };
}

function listOf(json: string | null): string[] {
  return json === null ? [] : (JSON.parse(json) as string[]);
}
