import {
  DisableRequest,
  PageQuery,
  PublishRequest,
  WorkflowCanaryAnswer,
  WorkflowPublished,
  WorkflowSummary,
  WorkflowVersionPage,
} from '@tutti/contracts';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
} from '@nestjs/common';
import {
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiPreconditionFailedResponse,
} from '@nestjs/swagger';
import { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { WorkflowCanaries } from './canaries.service.js';
import { preconditionOf } from './precondition.js';
import { WorkflowPublishing } from './publishing.service.js';
import { type WorkflowAction, WorkflowVersions } from './versions.service.js';

const EnabledRequest = z.object({ enabled: z.boolean(), reason: z.string().min(1).max(500).optional() });

/** The path of a workflow. */
interface Named {
  namespace: string;
  name: string;
}

@Controller('v1/workflows')
export class VersionsController {
  constructor(
    @Inject(WorkflowVersions) private readonly versions: WorkflowVersions,
    @Inject(WorkflowPublishing) private readonly publishing: WorkflowPublishing,
    @Inject(WorkflowCanaries) private readonly canaries: WorkflowCanaries,
  ) {}

  @Get(':namespace/:name/versions')
  @ApiOperation({ summary: 'The versions of a workflow, newest first, with their runs under way.' })
  @ApiOkResponse({ standardSchema: WorkflowVersionPage })
  listVersions(
    @Req() request: ApiRequest,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Query({ schema: PageQuery }) query: z.infer<typeof PageQuery>,
  ) {
    return this.versions.list({ workspaceId: request.caller.workspaceId, namespace, name }, query);
  }

  @Post(':namespace/:name/versions/:version/publish')
  @ApiParam({ name: 'namespace', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiParam({ name: 'version', schema: { type: 'string' } })
  @HttpCode(200)
  @ApiHeader({
    name: 'if-match',
    required: false,
    description: 'the content hash of the version that must be the current one, in quotes',
  })
  @ApiPreconditionFailedResponse({ description: 'Another version was made the current one meanwhile.' })
  @ApiBody({
    required: false,
    schema: {
      type: 'object',
      properties: {
        note: { type: 'string', maxLength: 500 },
        percent: { type: 'integer', minimum: 1, maximum: 100, description: 'under 100: as a canary' },
        force: { type: 'boolean', description: 'although lint finds errors in it now' },
        dryRun: { type: 'boolean', description: 'say what lint finds, and change nothing' },
      },
    },
  })
  @ApiOperation({
    summary:
      'Make a version (its number, or the beginning of its content hash) the current one, or let it take a share of ' +
      'the new runs. Runs under way stay on theirs.',
  })
  @ApiOkResponse({ standardSchema: WorkflowPublished })
  publishVersion(
    @Req() request: ApiRequest,
    @Param() path: Named & { version: string },
    @Body({ schema: PublishRequest.optional() }) body?: z.infer<typeof PublishRequest>,
  ): Promise<WorkflowPublished> {
    const precondition = preconditionOf(request.headers);
    const action = { ...actionOf(request, path), precondition, wanted: path.version };
    return this.publishing.publish({ ...action, ...body });
  }

  @Get(':namespace/:name/canary')
  @ApiParam({ name: 'namespace', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiOperation({
    summary: 'The version that takes a share of the new runs, and how it does beside the current one.',
  })
  @ApiOkResponse({ standardSchema: WorkflowCanaryAnswer })
  showCanary(@Req() request: ApiRequest, @Param() path: Named): Promise<WorkflowCanaryAnswer> {
    const { workspaceId } = request.caller;
    return this.canaries.show({ workspaceId, namespace: path.namespace, name: path.name });
  }

  @Delete(':namespace/:name/canary')
  @ApiParam({ name: 'namespace', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiOperation({ summary: 'Let all new runs start on the current version again. Runs of the canary go on.' })
  @ApiOkResponse({ standardSchema: WorkflowCanaryAnswer })
  stopCanary(@Req() request: ApiRequest, @Param() path: Named): Promise<WorkflowCanaryAnswer> {
    return this.canaries.stop(actionOf(request, path));
  }

  @Post(':namespace/:name/disable')
  @ApiParam({ name: 'namespace', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Let a workflow start no runs. Runs under way go on; Kafka triggers hold their records.',
  })
  @ApiOkResponse({ standardSchema: WorkflowSummary })
  disableWorkflow(
    @Req() request: ApiRequest,
    @Param() path: Named,
    @Body({ schema: DisableRequest }) body: z.infer<typeof DisableRequest>,
  ): Promise<WorkflowSummary> {
    return this.versions.disable({ ...actionOf(request, path), reason: body.reason });
  }

  @Post(':namespace/:name/enable')
  @ApiParam({ name: 'namespace', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a disabled workflow start runs again.' })
  @ApiOkResponse({ standardSchema: WorkflowSummary })
  enableWorkflow(@Req() request: ApiRequest, @Param() path: Named): Promise<WorkflowSummary> {
    return this.versions.enable(actionOf(request, path));
  }

  @Patch(':namespace/:name')
  @ApiParam({ name: 'namespace', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiOperation({
    summary: 'Enable or disable a workflow. A disabled one starts no runs; runs that are under way go on.',
  })
  @ApiOkResponse({ standardSchema: WorkflowSummary })
  updateWorkflow(
    @Req() request: ApiRequest,
    @Param() path: Named,
    @Body({ schema: EnabledRequest }) body: z.infer<typeof EnabledRequest>,
  ): Promise<WorkflowSummary> {
    const action = actionOf(request, path);
    if (body.enabled) return this.versions.enable(action);
    return this.versions.disable({ ...action, reason: body.reason ?? null });
  }
}

function actionOf(request: ApiRequest, { namespace, name }: Named): WorkflowAction {
  return { caller: request.caller, origin: request.ip, namespace, name };
}
