import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { McpCaller } from '../mcp-caller.types.js';
import { isStateless } from '../revision.js';
import { hasEnded, type McpTask, type McpTaskRequest, type McpTaskSource } from './task.types.js';
import { detailedTask, plainTask, relatedTask } from './task-wire.js';

/** The extension of the revision 2026-07-28. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

const params = z.looseObject({ taskId: z.string().max(200) });
const listParams = z.looseObject({ cursor: z.string().optional() });

/** A task that was found, and who performs it. */
interface Found {
  source: McpTaskSource;
  task: McpTask;
  request: McpTaskRequest;
}

/** Whether the client knows the extension. */
export function knowsTasks(server: Server): boolean {
  return server.getClientCapabilities()?.extensions?.[TASKS_EXTENSION] !== undefined;
}

/** The refusal of a client that does not say that it knows the extension. */
export function withoutTasks(): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError({
    requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
  });
}

/** The methods of tasks, in both revisions that have them. */
export class TaskMethods {
  constructor(
    private readonly server: Server,
    private readonly by: McpCaller,
    private readonly sources: readonly McpTaskSource[],
  ) {}

  register(): void {
    const { server } = this;
    server.setRequestHandler('tasks/get', { params }, ({ taskId }) => this.get(taskId));
    server.setRequestHandler('tasks/cancel', { params }, ({ taskId }, { mcpReq }) =>
      this.cancel(taskId, mcpReq.signal),
    );
    server.setRequestHandler('tasks/update', { params }, ({ taskId }, context) =>
      this.update(taskId, context),
    );
    // Those two are methods of 2025-11-25 only: the SDK refuses them in the later one.
    server.setRequestHandler('tasks/result', { params }, ({ taskId }, context) =>
      this.result(taskId, context),
    );
    server.setRequestHandler('tasks/list', { params: listParams }, ({ cursor }) => this.list(cursor));
  }

  private async get(taskId: string): Promise<Result> {
    const { task } = await this.find(taskId);
    return isStateless(this.server) ? detailedTask(task) : plainTask(task);
  }

  private async cancel(taskId: string, signal: AbortSignal): Promise<Result> {
    const { source, task, request } = await this.find(taskId);
    if (isStateless(this.server)) {
      await source.cancel(request);
      return {};
    }
    if (hasEnded(task)) throw refused(`The task has ended (${task.status}), so it cannot be cancelled.`);
    await source.cancel(request);
    const ended = await source.settled({ ...request, asks: false }, signal);
    return plainTask(ended);
  }

  private async update(taskId: string, { mcpReq }: ServerContext): Promise<Result> {
    if (!isStateless(this.server))
      throw new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found');
    const { source, request } = await this.find(taskId);
    await source.answer(request, mcpReq.inputResponses ?? {});
    return {};
  }

  /** Waits for the end of the task, and puts its questions to the client meanwhile. */
  private async result(taskId: string, context: ServerContext): Promise<Result> {
    const { source, request } = await this.find(taskId);
    let { asks } = request;
    for (;;) {
      const task = await source.settled({ ...request, asks }, context.mcpReq.signal);
      if (task.status === 'input_required') {
        asks = await this.ask({ source, task, request }, context);
        continue;
      }
      return resultOf(task);
    }
  }

  /** False: the person does not want to answer, so that nobody is asked again. */
  private async ask({ source, task, request }: Found, { mcpReq }: ServerContext): Promise<boolean> {
    const [[name, question] = []] = Object.entries(task.inputRequests ?? {});
    if (name === undefined || question?.method !== 'elicitation/create') return false;
    const params = { ...question.params, _meta: relatedTask(task.taskId) };
    const answer = await mcpReq.elicitInput(params as never, { relatedRequestId: mcpReq.id } as never);
    await source.answer(request, { [name]: answer });
    return answer.action === 'accept';
  }

  private async list(cursor: string | undefined): Promise<Result> {
    const [source] = this.sources;
    if (source === undefined) return { tasks: [] };
    const { tasks, nextCursor } = await source.list(this.by, cursor);
    return { tasks: tasks.map(plainTask), ...(nextCursor !== null && { nextCursor }) };
  }

  private async find(taskId: string): Promise<Found> {
    const { server, by } = this;
    if (isStateless(server) && !knowsTasks(server)) throw withoutTasks();
    const asks = server.getClientCapabilities()?.elicitation !== undefined;
    const request = { by, taskId, asks };
    for (const source of this.sources) {
      const task = await source.find(request);
      if (task !== null) return { source, task, request };
    }
    throw refused('There is no such task.');
  }
}

function resultOf({ taskId, status, result, error }: McpTask): Result {
  if (result !== undefined) return { ...result, _meta: { ...result._meta, ...relatedTask(taskId) } };
  if (error !== undefined) throw new ProtocolError(error.code, error.message);
  if (status === 'cancelled') throw refused('The task was cancelled, so it has no result.');
  throw new ProtocolError(
    ProtocolErrorCode.InternalError,
    'The task goes on beyond the time that a request may take. Ask again.',
  );
}

function refused(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
