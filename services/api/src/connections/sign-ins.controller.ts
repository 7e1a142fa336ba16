import { SignInAttempt, SignInBegun, SignInRequest } from '@tutti/contracts';
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
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiSecurity,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { signInPage } from './sign-in.page.js';
import { SignInsService } from './sign-ins.service.js';

type CallbackQuery = Record<string, string | string[] | undefined>;

@Controller('v1')
export class SignInsController {
  constructor(@Inject(SignInsService) private readonly signIns: SignInsService) {}

  @Post('connections/:name/authorization')
  @ApiOperation({
    summary: 'Begin a sign-in: open the address with a browser within ten minutes.',
  })
  @ApiCreatedResponse({ standardSchema: SignInBegun })
  beginSignIn(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Body({ schema: SignInRequest }) body: z.infer<typeof SignInRequest>,
  ) {
    return this.signIns.begin({
      caller: request.caller,
      origin: request.ip,
      name,
      reachedAt: hostOf(request),
      toDashboard: body.returnTo === 'dashboard',
    });
  }

  @Get('connections/:name/authorization/:id')
  @ApiOperation({ summary: 'How a sign-in that was begun goes on.' })
  @ApiOkResponse({ standardSchema: SignInAttempt })
  getSignIn(@Req() request: ApiRequest, @Param('name') name: string, @Param('id') id: string) {
    return this.signIns.attempt(request.caller.workspaceId, name, id);
  }

  @Delete('connections/:name/authorization')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out: the hub forgets the tokens of the connection.' })
  @ApiNoContentResponse()
  signOut(@Req() request: ApiRequest, @Param('name') name: string): Promise<void> {
    return this.signIns.signOut({ caller: request.caller, origin: request.ip, name });
  }

  @Get('oauth/callback')
  @RouteConfig({ public: true })
  @ApiSecurity({})
  @ApiOperation({
    summary: 'Where authorities send people back to after a sign-in; a page for their browser.',
  })
  @ApiQuery({ name: 'state', required: false, schema: { type: 'string' } })
  @ApiProduces('text/html')
  async endSignIn(
    @Req() request: FastifyRequest,
    @Query() query: CallbackQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const of = (name: string) => (typeof query[name] === 'string' ? query[name] : undefined);
    const ended = await this.signIns.finish(
      {
        state: of('state') ?? '',
        code: of('code'),
        error: of('error'),
        errorDescription: of('error_description'),
        iss: of('iss'),
      },
      request.ip,
    );
    const { html, headers } = signInPage(ended);
    await reply
      .status(ended.ok ? 200 : 400)
      .headers(headers)
      .send(html);
  }
}

/** The dashboard and proxies say which host the browser asked for. */
function hostOf({ headers }: FastifyRequest): string {
  const forwarded = headers['x-forwarded-host'];
  const host = (typeof forwarded === 'string' ? forwarded.split(',')[0]?.trim() : undefined) ?? headers.host;
  return host !== undefined && URL.canParse(`http://${host}`) ? host : 'localhost';
}
