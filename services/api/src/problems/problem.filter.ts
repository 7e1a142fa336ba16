import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteTable } from '../http/method-check.js';
import { discardBody } from '../http/unread-body.js';
import { type ProblemAnswer, answerOf } from './problem.mapping.js';

/** Every failure of the API leaves through here, Fastify's own included, as an RFC 9457 problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly routes: RouteTable) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const request = http.getRequest<FastifyRequest>();
    // The answer is already on its way (a stream that broke): there is nothing left to say on this
    // connection.
    if (reply.sent || reply.raw.headersSent) return;
    sendProblem(reply, answerOf(this.routes.explain(thrown, request), request.url.split('?')[0] as string));
  }
}

/**
 * Writes a problem document as the answer. As bytes, because to a text Fastify adds a charset that this
 * media type has not.
 */
export function sendProblem(reply: FastifyReply, answer: ProblemAnswer): void {
  if (answer.problem.status === 413) discardBody(reply);
  void reply
    .code(answer.problem.status)
    .headers(answer.headers)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(answer.problem)));
}
