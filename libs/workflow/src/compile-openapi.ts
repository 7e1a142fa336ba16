import { inside, type Compilation, type Place } from './compilation.js';
import { compileAuthorization } from './compile-authorization.js';
import { compileEndpoint } from './compile-endpoint.js';
import type { CompiledTemplate, OpenApiTask } from './compiled.types.js';
import { unwrapExpression } from './expression.js';
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
      document: compileDocument(
        compilation,
        definition.document.endpoint,
        inside(place, 'document/endpoint'),
      ),
      operationId: compilation.template(definition.operationId, inside(place, 'operationId')),
      parameters: compilation.template(definition.parameters ?? {}, inside(place, 'parameters')),
      ...(authorization && { authorization }),
      ...(effect && { effect }),
      output: definition.output ?? 'content',
      redirect: definition.redirect ?? false,
    },
  };
}

function compileDocument(
  compilation: Compilation,
  endpoint: unknown,
  place: Place,
): { uri: CompiledTemplate; authorization?: CompiledTemplate } {
  checkAddress(compilation, endpoint, place);
  const authorization = compileAuthorization(compilation, endpoint, place);
  const uri = compileEndpoint(compilation, endpoint, place);
  return { uri, ...(authorization && { authorization }) };
}

/** An address without expressions or `{name}` parts is what it is, so a wrong one is found at once. */
function checkAddress(compilation: Compilation, endpoint: unknown, place: Place): void {
  const whole = typeof endpoint === 'string';
  const uri = whole ? endpoint : (endpoint as { uri: string }).uri;
  if (unwrapExpression(uri) !== undefined || uri.includes('{')) return;
  if (URL.canParse(uri) && /^https?:$/.test(new URL(uri).protocol)) return;
  const { pointer } = whole ? place : inside(place, 'uri');
  compilation.error('address', pointer, `An OpenAPI document is read over http or https, not from "${uri}"`);
}
