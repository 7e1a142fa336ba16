import { inside } from './compilation.js';
import { compileAuthorization } from './compile-authorization.js';
import { compileDocument, OPENAPI_DOCUMENT } from './compile-document.js';
import type { OpenApiTask } from './compiled.types.js';
import { taskHints } from './hints.js';
import type { TaskJob } from './task-job.js';

interface OpenApiDefinition {
  document: { endpoint: unknown };
  operationId: string;
  parameters?: Record<string, unknown>;
  authentication?: unknown;
  output?: 'content' | 'response' | 'raw';
  redirect?: boolean;
}

/**
 * Compiles `call: openapi`. The document is read when the call is performed, so what it says (which
 * operations there are, which parameters they need) is checked then.
 */
export function compileOpenApi(job: TaskJob): OpenApiTask {
  const definition = job.definition.with as OpenApiDefinition;
  const { compilation } = job;
  const place = inside(job.place, 'with');
  const { effect } = taskHints(job.definition);
  const authorization = compileAuthorization(compilation, definition, place);
  return {
    ...job.common,
    type: 'call',
    target: { kind: 'openapi' },
    operation: {
      document: compileDocument(compilation, definition.document.endpoint, {
        place: inside(place, 'document/endpoint'),
        kind: OPENAPI_DOCUMENT,
      }),
      operationId: compilation.template(definition.operationId, inside(place, 'operationId')),
      parameters: compilation.template(definition.parameters ?? {}, inside(place, 'parameters')),
      ...(authorization && { authorization }),
      ...(effect && { effect }),
      output: definition.output ?? 'content',
      redirect: definition.redirect ?? false,
    },
  };
}
