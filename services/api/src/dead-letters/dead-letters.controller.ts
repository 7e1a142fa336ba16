import {
  DeadLetterBatch,
  DeadLetterDetail,
  DeadLetterEdit,
  DeadLetterListQuery,
  DeadLetterPage,
  DeadLetterSelection,
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
import {
  ApiConflictResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { isPlan } from '../http/document-body.js';
import { DeadLettersService } from './dead-letters.service.js';
import { RedriveService } from './redrive.service.js';

const PlanQuery = z.object({
  plan: z.enum(['true', 'false', '']).optional().describe('true: say what would be done, and do nothing'),
});
type PlanQuery = z.infer<typeof PlanQuery>;

@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(
    @Inject(DeadLettersService) private readonly letters: DeadLettersService,
    @Inject(RedriveService) private readonly redriving: RedriveService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Messages that could not be handled, newest first.' })
  @ApiOkResponse({ standardSchema: DeadLetterPage })
  listDeadLetters(
    @Req() request: ApiRequest,
    @Query({ schema: DeadLetterListQuery }) query: z.infer<typeof DeadLetterListQuery>,
  ) {
    return this.letters.list(request.caller.workspaceId, query);
  }

  @Post('redrive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send letters again: these, or the next batch of all that match.' })
  @ApiOkResponse({ standardSchema: DeadLetterBatch })
  @ApiServiceUnavailableResponse({ description: 'The bus did not acknowledge; nothing was marked.' })
  redriveDeadLetters(
    @Req() request: ApiRequest,
    @Query({ schema: PlanQuery }) query: PlanQuery,
    @Body({ schema: DeadLetterSelection }) body: DeadLetterSelection,
  ): Promise<DeadLetterBatch> {
    return this.redriving.redriveMany(askerOf(request), body, isPlan(query.plan));
  }

  @Post('discard')
  @HttpCode(200)
  @ApiOperation({ summary: 'Put letters aside: these, or the next batch of all that match.' })
  @ApiOkResponse({ standardSchema: DeadLetterBatch })
  discardDeadLetters(
    @Req() request: ApiRequest,
    @Query({ schema: PlanQuery }) query: PlanQuery,
    @Body({ schema: DeadLetterSelection }) body: DeadLetterSelection,
  ): Promise<DeadLetterBatch> {
    return this.redriving.discardMany(askerOf(request), body, isPlan(query.plan));
  }

  @Get(':id')
  @ApiOperation({ summary: 'A dead letter with its headers, its payload and the run that it is for.' })
  @ApiOkResponse({ standardSchema: DeadLetterDetail })
  getDeadLetter(@Req() request: ApiRequest, @Param('id') id: string): Promise<DeadLetterDetail> {
    return this.letters.detail(request.caller.workspaceId, id);
  }

  @Put(':id/payload')
  @ApiOperation({ summary: 'Edit what a redrive sends. The payload as it came is kept.' })
  @ApiOkResponse({ standardSchema: DeadLetterDetail })
  @ApiConflictResponse({ description: 'The letter is not open.' })
  @ApiUnprocessableEntityResponse({ description: 'The topic does not take it: each place with its line.' })
  editDeadLetter(
    @Req() request: ApiRequest,
    @Param('id') id: string,
    @Body({ schema: DeadLetterEdit }) body: DeadLetterEdit,
  ): Promise<DeadLetterDetail> {
    return this.letters.edit({ ...askerOf(request), id }, body);
  }

  @Delete(':id/payload')
  @ApiOperation({ summary: 'Take the edit back: a redrive sends the payload as it came.' })
  @ApiOkResponse({ standardSchema: DeadLetterDetail })
  @ApiConflictResponse({ description: 'The letter is not open.' })
  restoreDeadLetter(@Req() request: ApiRequest, @Param('id') id: string): Promise<DeadLetterDetail> {
    return this.letters.restore({ ...askerOf(request), id });
  }

  @Post(':id/redrive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a letter again. It is closed once the bus has acknowledged the message.' })
  @ApiOkResponse({ standardSchema: DeadLetterDetail })
  @ApiConflictResponse({ description: 'The letter is not open, or somebody else is at it.' })
  @ApiUnprocessableEntityResponse({ description: 'It cannot be sent as it is, or it failed again.' })
  @ApiServiceUnavailableResponse({ description: 'The bus did not acknowledge; the letter is still open.' })
  redriveDeadLetter(@Req() request: ApiRequest, @Param('id') id: string): Promise<DeadLetterDetail> {
    return this.letters.redrive({ ...askerOf(request), id });
  }

  @Post(':id/discard')
  @HttpCode(200)
  @ApiOperation({ summary: 'Put a letter aside. It is kept, and can be reopened.' })
  @ApiOkResponse({ standardSchema: DeadLetterDetail })
  @ApiConflictResponse({ description: 'The letter is not open.' })
  discardDeadLetter(@Req() request: ApiRequest, @Param('id') id: string): Promise<DeadLetterDetail> {
    return this.letters.discard({ ...askerOf(request), id });
  }

  @Post(':id/reopen')
  @HttpCode(200)
  @ApiOperation({ summary: 'Open a discarded letter again.' })
  @ApiOkResponse({ standardSchema: DeadLetterDetail })
  @ApiConflictResponse({ description: 'The letter was not discarded.' })
  reopenDeadLetter(@Req() request: ApiRequest, @Param('id') id: string): Promise<DeadLetterDetail> {
    return this.letters.reopen({ ...askerOf(request), id });
  }
}

function askerOf(request: ApiRequest) {
  return { caller: request.caller, origin: request.ip };
}
