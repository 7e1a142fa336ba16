import { ReviewDecisionRequest, ReviewDetail, ReviewListQuery, ReviewPage } from '@tutti/contracts';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { ReviewsService } from './reviews.service.js';

@Controller('v1/reviews')
export class ReviewsController {
  constructor(@Inject(ReviewsService) private readonly reviews: ReviewsService) {}

  @Get()
  @ApiOperation({ summary: 'Reviews; the open ones oldest first, others newest first.' })
  @ApiOkResponse({ standardSchema: ReviewPage })
  listReviews(
    @Req() request: ApiRequest,
    @Query({ schema: ReviewListQuery }) query: z.infer<typeof ReviewListQuery>,
  ) {
    return this.reviews.list(request.caller.workspaceId, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'A review with its form, its data and the token that is needed to decide it.' })
  @ApiOkResponse({ standardSchema: ReviewDetail })
  getReview(@Req() request: ApiRequest, @Param('id') id: string): Promise<ReviewDetail> {
    return this.reviews.detail(request.caller.workspaceId, id);
  }

  @Post(':id/decision')
  @HttpCode(200)
  @ApiOperation({ summary: 'Approve or reject, with edited data if need be. A review is decided once.' })
  @ApiOkResponse({ standardSchema: ReviewDetail })
  @ApiConflictResponse({ description: 'The review is decided already, or it expired.' })
  decideReview(
    @Req() request: ApiRequest,
    @Param('id') id: string,
    @Body({ schema: ReviewDecisionRequest }) body: z.infer<typeof ReviewDecisionRequest>,
  ): Promise<ReviewDetail> {
    return this.reviews.decide({ caller: request.caller, origin: request.ip, reviewId: id, request: body });
  }
}
