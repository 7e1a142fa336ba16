import {
  PluginApproval,
  PluginNpmRequest,
  PluginRemoval,
  PluginUpdates,
  PluginUploadQuery,
  PluginVersionDetail,
  PluginVersionItem,
  PluginVersionPage,
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
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { ProblemError } from '../problems/problem.error.js';
import { type Asker, PackagesService } from './packages.service.js';
import { PluginUpdatesService } from './plugin-updates.service.js';

const VERSION = 'packages/:name/versions/:version';

const IF_MATCH = {
  name: 'If-Match',
  required: false,
  description: 'the revision of the version that was looked at, in quotes',
};

/** Plugins that were installed, version by version. What is installed is the same for all workspaces. */
@Controller('v1/plugins')
export class PackagesController {
  constructor(
    @Inject(PackagesService) private readonly packages: PackagesService,
    @Inject(PluginUpdatesService) private readonly updates: PluginUpdatesService,
  ) {}

  @Get('packages')
  @ApiOperation({ summary: 'The installed packages, every version of them, with their states.' })
  @ApiOkResponse({ standardSchema: PluginVersionPage })
  async listPackages(): Promise<z.infer<typeof PluginVersionPage>> {
    return { items: await this.packages.list(null), nextCursor: null };
  }

  @Post('updates')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Ask the registry now for newer versions of the packages that came from it. It is asked at no other time.',
  })
  @ApiOkResponse({ standardSchema: PluginUpdates })
  async findUpdates(): Promise<z.infer<typeof PluginUpdates>> {
    return { items: await this.updates.find() };
  }

  @Post('packages/npm')
  @HttpCode(201)
  @ApiOperation({
    summary: 'Fetch a plugin from the npm registry. It is proposed, and does nothing until it is approved.',
  })
  @ApiCreatedResponse({ standardSchema: PluginVersionDetail })
  async installFromNpm(
    @Req() request: ApiRequest,
    @Body({ schema: PluginNpmRequest }) body: z.infer<typeof PluginNpmRequest>,
  ): Promise<PluginVersionDetail> {
    return this.packages.detail(await this.packages.proposeFromNpm({ ...askerOf(request), ...body }));
  }

  @Post('packages/tarball')
  @HttpCode(201)
  @RouteConfig({ body: 'raw' })
  @ApiConsumes('*/*')
  @ApiBody({
    schema: { type: 'string', format: 'binary' },
    description: 'a tarball as "npm pack" makes it, up to 20 MiB',
  })
  @ApiOperation({
    summary: 'Hand in the tarball of a plugin. It is proposed, and does nothing until it is approved.',
  })
  @ApiCreatedResponse({ standardSchema: PluginVersionDetail })
  async installTarball(
    @Req() request: ApiRequest,
    @Query({ schema: PluginUploadQuery }) { integrity }: z.infer<typeof PluginUploadQuery>,
  ): Promise<PluginVersionDetail> {
    const bytes = request.body;
    if (!Buffer.isBuffer(bytes) || bytes.length === 0)
      throw new ProblemError(
        'malformed-body',
        'The body is empty. Send the bytes of the tarball as the body.',
      );
    return this.packages.detail(
      await this.packages.proposeTarball({ ...askerOf(request), bytes, integrity }),
    );
  }

  @Get('packages/:name')
  @ApiOperation({ summary: 'The installed versions of a plugin, the newest first.' })
  @ApiOkResponse({ standardSchema: PluginVersionPage })
  async getPackage(@Param('name') name: string): Promise<z.infer<typeof PluginVersionPage>> {
    return { items: await this.packages.list(name), nextCursor: null };
  }

  @Get(VERSION)
  @ApiOperation({
    summary:
      'A version: what it may do, what it offers, how it differs from the active one, and who uses both.',
  })
  @ApiOkResponse({ standardSchema: PluginVersionDetail })
  getVersion(@Param('name') name: string, @Param('version') version: string): Promise<PluginVersionDetail> {
    return this.packages.detail({ name, version });
  }

  @Get(`${VERSION}/tarball`)
  @ApiOperation({ summary: 'The tarball of a version as it was installed.' })
  @ApiProduces('application/gzip')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async getTarball(
    @Res() reply: FastifyReply,
    @Param('name') name: string,
    @Param('version') version: string,
  ): Promise<void> {
    const bytes = await this.packages.tarball({ name, version });
    await reply
      .headers({
        'content-type': 'application/gzip',
        'content-length': bytes.length,
        'x-content-type-options': 'nosniff',
        'content-disposition': `attachment; filename="${name}-${version}.tgz"`,
      })
      .send(bytes);
  }

  @Post(`${VERSION}/approve`)
  @ApiHeader(IF_MATCH)
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Make a proposed version the active one, or a former one again. If-Match: the revision that was looked at.',
  })
  @ApiOkResponse({ standardSchema: PluginVersionItem })
  async approve(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Param('version') version: string,
    @Body({ schema: PluginApproval }) { moveWorkflows }: z.infer<typeof PluginApproval>,
  ): Promise<PluginVersionItem> {
    const key = { name, version };
    const revision = revisionOf(request.headers['if-match']);
    await this.packages.approve({ ...askerOf(request), key, revision, moveWorkflows });
    return this.packages.detail(key);
  }

  @Post(`${VERSION}/retry`)
  @HttpCode(200)
  @ApiOperation({ summary: 'Have a version read again that a connector host could not read.' })
  @ApiOkResponse({ standardSchema: PluginVersionItem })
  async retry(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Param('version') version: string,
  ): Promise<PluginVersionItem> {
    const key = { name, version };
    await this.packages.retry({ ...askerOf(request), key });
    return this.packages.detail(key);
  }

  @Post('packages/:name/rollback')
  @ApiHeader(IF_MATCH)
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Withdraw the active version and go back to the one before; whatever was applied with it goes back too.',
  })
  @ApiOkResponse({ standardSchema: PluginVersionItem })
  async rollBack(@Req() request: ApiRequest, @Param('name') name: string): Promise<PluginVersionItem> {
    const revision = revisionOf(request.headers['if-match']);
    return this.packages.detail(await this.packages.rollBack({ ...askerOf(request), name, revision }));
  }

  @Delete(VERSION)
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a version. One that is in use only with force=true.' })
  @ApiNoContentResponse()
  async remove(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Param('version') version: string,
    @Query({ schema: PluginRemoval }) { force }: z.infer<typeof PluginRemoval>,
  ): Promise<void> {
    await this.packages.remove({ ...askerOf(request), key: { name, version }, force });
  }
}

function askerOf(request: ApiRequest): Asker {
  return { caller: request.caller, origin: request.ip };
}

/** The revision that a change was made against; null: whatever it is. */
function revisionOf(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null;
  const revision = /^"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (revision === undefined)
    throw new ProblemError('invalid-request', 'If-Match must be * or a revision in quotes, such as "3".');
  return Number(revision);
}
