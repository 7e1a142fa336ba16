import {
  ConnectionDetail,
  ConnectionListQuery,
  ConnectionPage,
  ConnectionRequest,
  ConnectionTest,
} from '@tutti/contracts';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
} from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { ProblemError } from '../problems/problem.error.js';
import { CONNECTION_TESTER, type ConnectionTester } from './connection.tester.js';
import { findConnection, recordCheck } from './connections.queries.js';
import { KafkaConnections } from '../triggers/kafka/kafka-connections.js';
import { ConnectionsService, unknownConnection } from './connections.service.js';

@Controller('v1/connections')
export class ConnectionsController {
  constructor(
    @Inject(ConnectionsService) private readonly connections: ConnectionsService,
    @Inject(CONNECTION_TESTER) private readonly tester: ConnectionTester | null,
    @Inject(KafkaConnections) private readonly kafka: KafkaConnections,
    @Inject(DataSource) private readonly dataSource: DataSource,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The connections, by name. Secrets read "********".' })
  @ApiOkResponse({ standardSchema: ConnectionPage })
  listConnections(
    @Req() request: ApiRequest,
    @Query({ schema: ConnectionListQuery }) query: z.infer<typeof ConnectionListQuery>,
  ) {
    return this.connections.list(request.caller.workspaceId, query);
  }

  @Get(':name')
  @ApiOperation({
    summary: 'One connection, with what it did in the last day, its last tests, and who uses it.',
  })
  @ApiOkResponse({ standardSchema: ConnectionDetail })
  getConnection(@Req() request: ApiRequest, @Param('name') name: string): Promise<ConnectionDetail> {
    return this.connections.detail(request.caller.workspaceId, name);
  }

  @Put(':name')
  @ApiOperation({
    summary:
      'Create or replace a connection. A secret written as "********" stays as it is, and so do limits, ' +
      'owner and environment that are left out.',
  })
  @ApiOkResponse({ standardSchema: ConnectionDetail })
  putConnection(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Body({ schema: ConnectionRequest }) body: z.infer<typeof ConnectionRequest>,
  ): Promise<ConnectionDetail> {
    return this.connections.put({ caller: request.caller, origin: request.ip, name, ...body });
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a connection.' })
  @ApiNoContentResponse()
  removeConnection(@Req() request: ApiRequest, @Param('name') name: string): Promise<void> {
    return this.connections.remove({ caller: request.caller, origin: request.ip, name });
  }

  @Post(':name/test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Try the connection out now.' })
  @ApiOkResponse({ standardSchema: ConnectionTest })
  async testConnection(
    @Req() request: ApiRequest,
    @Param('name') name: string,
  ): Promise<z.infer<typeof ConnectionTest>> {
    const { workspaceId } = request.caller;
    if ((await findConnection(this.dataSource, workspaceId, name)) === undefined)
      throw unknownConnection(name);
    const tried = await this.kafka.test(workspaceId, name);
    const tester = tried === null ? this.tester : { test: () => Promise.resolve(tried) };
    if (tester === null)
      throw new ProblemError(
        'unavailable',
        'No connector host is reachable from here, so the connection cannot be tested.',
      );
    const result = await tester.test({ workspaceId, name });
    const by = request.caller.subject;
    await recordCheck(this.dataSource, { workspaceId, name, by, ...result });
    return result;
  }
}
