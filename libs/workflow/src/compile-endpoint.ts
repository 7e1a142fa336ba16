import { inside, type Compilation, type Place } from './compilation.js';
import type { CompiledTemplate } from './compiled.types.js';
import { unwrapExpression } from './expression.js';
import { compileUri } from './uri-template.js';

/** The address of an endpoint: a text, or an object with a `uri`; a URI template or an expression. */
export function compileEndpoint(compilation: Compilation, endpoint: unknown, place: Place): CompiledTemplate {
  if (typeof endpoint === 'string') return compileUriText(compilation, endpoint, place);
  return compileUriText(compilation, (endpoint as { uri: string }).uri, inside(place, 'uri'));
}

function compileUriText(compilation: Compilation, uri: string, place: Place): CompiledTemplate {
  return unwrapExpression(uri) === undefined ? compileUri(uri) : compilation.template(uri, place);
}
