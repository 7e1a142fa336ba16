import { createHash } from 'node:crypto';
import { ArtifactRef, uuidv7 } from '@tutti/contracts';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { isUuid } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { type ArtifactRow, findArtifact, findArtifactContent, insertArtifact } from './artifacts.queries.js';

const UploadQuery = z.object({
  name: z
    .string()
    .min(1)
    .max(255)
    // Written out, because not every reader of the OpenAPI document knows classes of Unicode.
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'no control characters')
    .optional(),
});
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/;

/** Files: what is too large for a message, and the documents that runs work on. */
@Controller('v1/artifacts')
export class ArtifactsController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  @Post()
  @HttpCode(201)
  @RouteConfig({ body: 'raw' })
  @ApiConsumes('*/*')
  @ApiBody({
    schema: { type: 'string', format: 'binary' },
    description: 'the bytes of the file, up to 20 MiB',
  })
  @ApiOperation({ summary: 'Store a file. The answer is the reference to put into an input.' })
  @ApiCreatedResponse({ standardSchema: ArtifactRef })
  async createArtifact(
    @Req() request: ApiRequest,
    @Query({ schema: UploadQuery }) query: z.infer<typeof UploadQuery>,
  ): Promise<ArtifactRef> {
    const content = request.body;
    if (!Buffer.isBuffer(content) || content.length === 0) {
      throw new ProblemError(
        'malformed-body',
        'The body is empty. Send the bytes of the file as the body, with its Content-Type.',
      );
    }
    const row: ArtifactRow = {
      id: uuidv7(),
      mediaType: mediaTypeOf(request.headers['content-type']),
      bytes: content.length,
      name: query.name ?? null,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
    await insertArtifact(this.dataSource, { ...row, workspaceId: request.caller.workspaceId, content });
    return toRef(row);
  }

  @Get(':id')
  @ApiOperation({ summary: 'The reference of a stored file.' })
  @ApiOkResponse({ standardSchema: ArtifactRef })
  async getArtifact(@Req() request: ApiRequest, @Param('id') id: string): Promise<ArtifactRef> {
    const row = isUuid(id) ? await findArtifact(this.dataSource, request.caller.workspaceId, id) : undefined;
    if (row === undefined) throw unknownArtifact(id);
    return toRef(row);
  }

  @Get(':id/content')
  @ApiOperation({ summary: 'The bytes of a stored file.' })
  @ApiProduces('*/*')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async getArtifactContent(
    @Req() request: ApiRequest,
    @Res() reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<void> {
    const row = isUuid(id)
      ? await findArtifactContent(this.dataSource, request.caller.workspaceId, id)
      : undefined;
    if (row === undefined) throw unknownArtifact(id);
    // Whatever was uploaded must not run as a page of this origin: it is never sniffed, and a page it
    // frames has no rights.
    await reply
      .headers({
        'content-type': row.mediaType,
        'content-length': row.bytes,
        etag: `"${row.sha256}"`,
        'cache-control': 'private, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(row.name ?? row.id).replaceAll("'", '%27')}`,
      })
      .send(row.content);
  }
}

function mediaTypeOf(header: string | undefined): string {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  return MEDIA_TYPE.test(type) ? type : 'application/octet-stream';
}

function toRef(row: ArtifactRow): ArtifactRef {
  return {
    $artifact: row.id,
    mediaType: row.mediaType,
    bytes: row.bytes,
    sha256: row.sha256,
    ...(row.name === null ? {} : { name: row.name }),
  };
}

function unknownArtifact(id: string): ProblemError {
  return new ProblemError('not-found', `There is no artifact ${id.slice(0, 64)}.`);
}
