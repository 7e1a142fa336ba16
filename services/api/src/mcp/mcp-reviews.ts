import { inputRequired, type InputRequiredResult } from '@modelcontextprotocol/server';
import type { ReviewDetail } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import { ReviewsService } from '../reviews/reviews.service.js';
import type { McpToolCall } from './mcp.types.js';
import { decisionOf, questionOf } from './review-question.js';

/** Name of the question in a result that asks for input. */
const REVIEW = 'review';

/** What a client hands back with its answer. */
interface Asked {
  runId: string;
  reviewId: string;
  workspaceId: string;
}

/** Reviews as questions to the person in front of the client, and their answers as decisions. */
@Injectable()
export class McpReviews {
  constructor(
    @Inject(ReviewsService) private readonly reviews: ReviewsService,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  async ask(call: McpToolCall, runId: string, review: ReviewDetail): Promise<InputRequiredResult> {
    const { workspaceId } = call.by.caller;
    const requestState = await call.mint({ runId, reviewId: review.id, workspaceId } satisfies Asked);
    const question = inputRequired.elicit({ mode: 'form', ...questionOf(review) } as never);
    return inputRequired({ inputRequests: { [REVIEW]: question }, requestState });
  }

  /** What the client hands back of an earlier question; that of another workspace is refused. */
  askedBefore({ context, by }: McpToolCall): Asked | null {
    const asked = context.mcpReq.requestState<Asked>();
    if (asked === undefined) return null;
    if (asked.workspaceId === by.caller.workspaceId) return asked;
    throw new ProblemError('invalid-request', 'The requestState is not one that the hub gave for this tool.');
  }

  /** Decides the review as the person answered. One that was decided elsewhere meanwhile stays as it is. */
  async decide({ by, context }: McpToolCall, { reviewId, runId }: Asked): Promise<void> {
    const answer = context.mcpReq.inputResponses?.[REVIEW] as
      { action?: string; content?: Record<string, unknown> } | undefined;
    if (answer === undefined) return;
    if (answer.action !== 'accept')
      throw new ProblemError(
        'conflict',
        `The question was not answered, so the run ${runId} still waits for its review: ` +
          new URL(`/reviews/${reviewId}`, this.config.dashboardUrl).href,
      );
    const review = await this.reviews.detail(by.caller.workspaceId, reviewId);
    const { token } = review;
    if (token === null) return;
    const request = decisionOf({ ...review, token }, answer.content);
    if (request === null) return;
    try {
      await this.reviews.decide({ ...by, reviewId, request });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'already-decided') throw error;
    }
  }
}
