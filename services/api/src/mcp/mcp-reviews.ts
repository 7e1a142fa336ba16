import {
  createRequestStateCodec,
  inputRequired,
  type InputRequiredResult,
  type RequestStateCodec,
} from '@modelcontextprotocol/server';
import type { ReviewDetail } from '@tutti/contracts';
import { SecretBox } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import { ReviewsService } from '../reviews/reviews.service.js';
import type { McpToolCall } from './mcp.types.js';
import { decisionOf, questionOf } from './review-question.js';

/** Name of the question in a result that asks for input. */
const REVIEW = 'review';

/** What a client hands back with its answer; it is signed, so that nobody makes one up. */
export interface Asked {
  runId: string;
  reviewId: string;
  workspaceId: string;
}

/** Reviews as questions to the person in front of the client, and their answers as decisions. */
@Injectable()
export class McpReviews {
  private readonly codec: RequestStateCodec<Asked>;

  constructor(
    @Inject(ReviewsService) private readonly reviews: ReviewsService,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    @Inject(SecretBox) box: SecretBox,
  ) {
    // Under the hub's own key, so that every process of it understands what another one asked.
    const key = box.derive('mcp-request-state');
    this.codec = createRequestStateCodec<Asked>({ key, ttlSeconds: config.mcpStateSeconds });
  }

  async ask(call: McpToolCall, runId: string, review: ReviewDetail): Promise<InputRequiredResult> {
    const { workspaceId } = call.by.caller;
    const requestState = await this.codec.mint({ runId, reviewId: review.id, workspaceId }, call.context);
    const question = inputRequired.elicit({ mode: 'form', ...questionOf(review) } as never);
    return inputRequired({ inputRequests: { [REVIEW]: question }, requestState });
  }

  /** What the client hands back of an earlier question; another one than ours is refused. */
  async askedBefore({ context, by }: McpToolCall): Promise<Asked | null> {
    const text = context.mcpReq.requestState<string>();
    if (text === undefined) return null;
    const refused = new ProblemError('invalid-request', 'The requestState is not one that the hub gave.');
    const asked = await this.codec.verify(text, context).catch(() => {
      throw refused;
    });
    if (asked.workspaceId !== by.caller.workspaceId) throw refused;
    return asked;
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
