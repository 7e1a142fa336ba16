import { Server, type ServerContext, type Result } from '@modelcontextprotocol/server';
import { isStateless } from '../revision.js';
import { TaskCreated } from './task.types.js';
import { createdTask, plainTask } from './task-wire.js';

type Handler = Parameters<Server['_wrapHandler']>[1];

/** A server whose tools may answer with a task. The SDK knows results of tools and questions only. */
export class TaskServer extends Server {
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    if (method !== 'tools/call') return super._wrapHandler(method, handler);
    return async (request, context: ServerContext): Promise<Result> => {
      let created: TaskCreated | null = null;
      const checked = super._wrapHandler(method, async (...of) => {
        const answer: unknown = await handler(...of);
        if (!(answer instanceof TaskCreated)) return answer as Result;
        created = answer;
        return { content: [] };
      });
      const result = await checked(request, context);
      return created === null ? result : this.tell(created);
    };
  }

  private tell({ task }: TaskCreated): Result {
    return isStateless(this) ? createdTask(task) : { task: plainTask(task) };
  }
}
