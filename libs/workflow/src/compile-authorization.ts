import type { CallAuthentication } from '@tutti/contracts';
import type { CompiledTemplate, VariableSource } from './compiled.types.js';
import { inside, type Compilation, type Place } from './compilation.js';

type Policy = Record<string, unknown>;

/**
 * `authentication` of an endpoint as a template of the `authorization` header (basic and bearer), or of the
 * CallAuthentication that it is made from (digest), inline or by name under `use.authentications`. The other
 * schemes are refused by name.
 */
export function compileAuthorization(
  compilation: Compilation,
  endpoint: unknown,
  place: Place,
): CompiledTemplate | undefined {
  if (typeof endpoint !== 'object' || endpoint === null) return undefined;
  const written = (endpoint as { authentication?: Policy }).authentication;
  if (written === undefined) return undefined;
  return compilePolicy(compilation, written, inside(place, 'authentication'));
}

function compilePolicy(compilation: Compilation, policy: Policy, place: Place): CompiledTemplate | undefined {
  if (typeof policy.use === 'string') {
    const where = { kind: 'authentication', pointer: place.pointer };
    const found = compilation.named(compilation.use.authentications, policy.use, where);
    const at = { ...place, pointer: `/use/authentications/${policy.use}` };
    return found && compilePolicy(compilation, found, at);
  }
  const [scheme, properties] = Object.entries(policy)[0] as [string, Policy];
  if (properties.use !== undefined) {
    compilation.error('unsupported', place.pointer, 'Authentication by a secret is not supported yet');
    return undefined;
  }
  if (scheme !== 'basic' && scheme !== 'bearer' && scheme !== 'digest') {
    compilation.error('unsupported', place.pointer, `Authentication by ${scheme} is not supported yet`);
    return undefined;
  }
  const values = compilation.template(properties, inside(place, scheme));
  return {
    constant: false,
    evaluate: (input: unknown, variables: VariableSource) =>
      authorization(scheme, values.evaluate(input, variables) as Record<string, unknown>),
  };
}

function authorization(
  scheme: 'basic' | 'bearer' | 'digest',
  values: Record<string, unknown>,
): string | CallAuthentication {
  if (scheme === 'digest')
    return { scheme, username: text(values.username), password: text(values.password) };
  if (scheme === 'bearer') return `Bearer ${text(values.token)}`;
  return `Basic ${Buffer.from(`${text(values.username)}:${text(values.password)}`).toString('base64')}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
