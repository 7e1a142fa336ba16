import { type InputRequest, inputRequired, type InputRequiredResult } from '@modelcontextprotocol/server';
import type { ReviewDetail } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import { ReviewsService } from '../reviews/reviews.service.js';
import type { McpCaller } from './mcp-caller.types.js';
import type { McpToolCall } from './mcp.types.js';
import { decisionOf, questionOf } from './review-question.js';

/** Name of the question in a result that asks for input. */
const REVIEW = 'review';

/** Reviews of one run that are asked for at once. */
const QUESTIONS_MAX = 20;

/** What a client hands back with its answer. */
interface Asked {
  runId: string;
  reviewId: string;
  workspaceId: string;
}

/** What a person answered to a question. */
export interface ReviewAnswer {
  action?: string;
  content?: Record<string, unknown>;
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
    return inputRequired({ inputRequests: { [REVIEW]: elicited(review) }, requestState });
  }

  /** The open reviews of a run, by their ids. */
  async questions(workspaceId: string, runId: string): Promise<Record<string, InputRequest>> {
    const query = { runId, status: 'open', limit: QUESTIONS_MAX };
    const { items } = await this.reviews.list(workspaceId, query);
    const reviews = await Promise.all(items.map(({ id }) => this.reviews.detail(workspaceId, id)));
    return Object.fromEntries(reviews.map((review) => [review.id, elicited(review)]));
  }

  /** What the client hands back of an earlier question; that of another workspace is refused. */
  askedBefore({ context, by }: McpToolCall): Asked | null {
    const asked = context.mcpReq.requestState<Asked>();
    if (asked === undefined) return null;
    if (asked.workspaceId === by.caller.workspaceId) return asked;
    throw new ProblemError('invalid-request', 'The requestState is not one that the hub gave for this tool.');
  }

  /** Decides the review that the call had asked for; throws when the person did not want to. */
  async decideAsked({ by, context }: McpToolCall, { reviewId, runId }: Asked): Promise<void> {
    const answer = context.mcpReq.inputResponses?.[REVIEW] as ReviewAnswer | undefined;
    if (answer === undefined) return;
    if (answer.action !== 'accept')
      throw new ProblemError(
        'conflict',
        `The question was not answered, so the run ${runId} still waits for its review: ` +
          new URL(`/reviews/${reviewId}`, this.config.dashboardUrl).href,
      );
    await this.decide(by, { reviewId, runId, answer });
  }

  /**
   * Decides the review of a run as the person answered. One that was declined, or that was decided elsewhere
   * meanwhile, stays as it is.
   */
  async decide(by: McpCaller, of: { reviewId: string; runId: string; answer: ReviewAnswer }): Promise<void> {
    const { reviewId, answer } = of;
    if (answer.action !== 'accept') return;
    const review = await this.reviews.detail(by.caller.workspaceId, reviewId);
    const { token, runId } = review;
    if (token === null || runId !== of.runId) return;
    const request = decisionOf({ ...review, token }, answer.content);
    if (request === null) return;
    try {
      await this.reviews.decide({ ...by, reviewId, request });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'already-decided') throw error;
    }
  }
}

function elicited(review: ReviewDetail): InputRequest {
  return inputRequired.elicit({ mode: 'form', ...questionOf(review) } as never);
}
