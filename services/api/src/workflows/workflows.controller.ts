import { Applied, Finding, PageQuery, WorkflowDetail, WorkflowPage, WorkflowPreview } from '@tutti/contracts';
import { Controller, Get, Header, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import { workflowSchema } from '@tutti/workflow';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiPreconditionFailedResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { documentOf, isPlan } from '../http/document-body.js';
import { preconditionOf } from './precondition.js';
import { WorkflowPreviews } from './workflow.preview.js';
import { WorkflowsService } from './workflows.service.js';

const WorkflowListQuery = PageQuery.extend({
  q: z.string().max(200).optional().describe('text in the name or the document'),
});
const VersionQuery = z.object({
  version: z.string().max(100).optional().describe('content hash; absent: the current version'),
});
const PLAN = z.enum(['true', 'false', '']).optional();
const ApplyQuery = z.object({
  plan: PLAN.describe('true: say what would change, and change nothing'),
  dryRun: PLAN.describe('the same as plan; POST /v1/workflows/preview tells more'),
  note: z.string().max(500).optional().describe('what is said of the new version'),
});
const LintResult = z.object({ findings: z.array(Finding) }).meta({ id: 'LintResult' });

@Controller('v1/workflows')
export class WorkflowsController {
  constructor(
    @Inject(WorkflowsService) private readonly workflows: WorkflowsService,
    @Inject(WorkflowPreviews) private readonly previews: WorkflowPreviews,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The workflows, by name, with their last 24 hours.' })
  @ApiOkResponse({ standardSchema: WorkflowPage })
  listWorkflows(
    @Req() request: ApiRequest,
    @Query({ schema: WorkflowListQuery }) query: z.infer<typeof WorkflowListQuery>,
  ) {
    return this.workflows.list(request.caller.workspaceId, query);
  }

  @Put()
  @RouteConfig({ body: 'document' })
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'string', description: 'a Serverless Workflow 1.0.3 document' } })
  @ApiOperation({ summary: 'Apply a workflow document. The same content changes nothing.' })
  @ApiOkResponse({ standardSchema: Applied })
  @ApiUnprocessableEntityResponse({
    description: 'The document has errors: each with its JSON pointer and line.',
  })
  @ApiHeader({
    name: 'if-match',
    required: false,
    description: 'the content hash of the version that must be the current one, in quotes',
  })
  @ApiHeader({ name: 'if-none-match', required: false, description: '*: there must be no such workflow' })
  @ApiPreconditionFailedResponse({ description: 'Somebody applied another version meanwhile.' })
  applyWorkflow(
    @Req() request: ApiRequest,
    @Query({ schema: ApplyQuery }) query: z.infer<typeof ApplyQuery>,
  ): Promise<Applied> {
    return this.workflows.apply({
      caller: request.caller,
      origin: request.ip,
      text: documentOf(request),
      plan: isPlan(query.plan) || isPlan(query.dryRun),
      note: query.note,
      precondition: preconditionOf(request.headers),
    });
  }

  @Post('preview')
  @HttpCode(200)
  @RouteConfig({ body: 'document' })
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'string', description: 'a Serverless Workflow 1.0.3 document' } })
  @ApiOperation({
    summary:
      'What an apply would change against the current version, and what it would break. Changes nothing.',
  })
  @ApiOkResponse({ standardSchema: WorkflowPreview })
  @ApiUnprocessableEntityResponse({
    description: 'The document has errors: each with its JSON pointer and line.',
  })
  previewWorkflow(@Req() request: ApiRequest): Promise<WorkflowPreview> {
    return this.previews.preview(request.caller.workspaceId, documentOf(request));
  }

  @Post('lint')
  @HttpCode(200)
  @RouteConfig({ body: 'document' })
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'string' } })
  @ApiOperation({ summary: 'What is wrong with a workflow document, or likely to be.' })
  @ApiOkResponse({ standardSchema: LintResult })
  async lintWorkflow(@Req() request: ApiRequest): Promise<z.infer<typeof LintResult>> {
    const { findings } = await this.workflows.lint(request.caller.workspaceId, documentOf(request));
    return { findings };
  }

  @Get('schema')
  @Header('content-type', 'application/schema+json')
  @ApiOperation({ summary: 'The JSON Schema of a workflow document, for editors that complete and check.' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  getSchema(): Record<string, unknown> {
    return workflowSchema();
  }

  @Get(':namespace/:name')
  @ApiOperation({ summary: 'A workflow with its text, its versions and its baseline.' })
  @ApiOkResponse({ standardSchema: WorkflowDetail })
  getWorkflow(
    @Req() request: ApiRequest,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Query({ schema: VersionQuery }) query: z.infer<typeof VersionQuery>,
  ) {
    return this.workflows.detail({ workspaceId: request.caller.workspaceId, namespace, name }, query.version);
  }
}
