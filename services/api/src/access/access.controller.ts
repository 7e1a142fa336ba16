import { Me, Session, SessionRequest, SignInLink } from '@tutti/contracts';
import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AccessService } from './access.service.js';
import type { ApiRequest } from './access.types.js';

@Controller('v1')
export class AccessController {
  constructor(@Inject(AccessService) private readonly access: AccessService) {}

  @Post('sessions')
  @RouteConfig({ public: true })
  @ApiSecurity({})
  @ApiOperation({ summary: 'Exchange a one-time sign-in code for a session.' })
  @ApiCreatedResponse({ standardSchema: Session })
  createSession(
    @Body({ schema: SessionRequest }) body: z.infer<typeof SessionRequest>,
    @Req() request: FastifyRequest,
  ) {
    return this.access.createSession(body.code, request.ip);
  }

  @Delete('sessions/current')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out: the session of this token ends.' })
  @ApiNoContentResponse()
  deleteSession(@Req() request: ApiRequest): Promise<void> {
    return this.access.endSession(request.caller, request.ip);
  }

  @Post('sign-in-links')
  @ApiOperation({ summary: 'Make a link that signs a person in to the dashboard, once, within ten minutes.' })
  @ApiCreatedResponse({ standardSchema: SignInLink })
  createSignInLink(@Req() request: ApiRequest) {
    return this.access.createSignInLink(request.caller, request.ip);
  }

  @Get('me')
  @ApiOperation({ summary: 'Who this token stands for.' })
  @ApiOkResponse({ standardSchema: Me })
  getMe(@Req() request: ApiRequest): z.infer<typeof Me> {
    const { workspaceId, subject, kind } = request.caller;
    return { workspaceId, subject, kind };
  }
}
