import { SECRET_MARK, type CallAuthentication } from '@tutti/contracts';
import type { CompiledTemplate, VariableSource } from './compiled.types.js';
import { inside, type Compilation, type Place } from './compilation.js';
import { constantTemplate } from './template.js';

type Policy = Record<string, unknown>;
type Scheme = CallAuthentication['scheme'];

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** Grants for which nobody has to sign in meanwhile. */
const GRANTS = ['client_credentials', 'password', EXCHANGE];

/**
 * `authentication` of an endpoint, inline or by name under `use.authentications`, as a template of the
 * `authorization` header (basic and bearer without secrets), or of the CallAuthentication that it is made
 * from.
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
  const [scheme, properties] = Object.entries(policy)[0] as [Scheme, Policy];
  const at = inside(place, scheme);
  if (typeof properties.use === 'string') return bySecret(compilation, scheme, { use: properties.use, at });
  if (scheme === 'oauth2' || scheme === 'oidc') checkTokenRequest(compilation, properties, at);
  const values = compilation.template(properties, at);
  return {
    constant: false,
    evaluate: (input: unknown, variables: VariableSource) =>
      authorization(scheme, values.evaluate(input, variables) as Record<string, unknown>),
  };
}

/** Credentials that a secret holds: only its name is known here. */
function bySecret(
  compilation: Compilation,
  scheme: Scheme,
  { use, at }: { use: string; at: Place },
): CompiledTemplate {
  if (!(compilation.use.secrets ?? []).includes(use)) {
    const message = `The secret "${use}" is not listed under use.secrets`;
    compilation.error('undeclared-secret', `${at.pointer}/use`, message);
    compilation.fix(`Add it: use: { secrets: [${use}] }.`);
  }
  return constantTemplate({ scheme, use });
}

function checkTokenRequest(compilation: Compilation, properties: Policy, at: Place): void {
  const { grant, subject, actor } = properties as { grant?: string; subject?: unknown; actor?: unknown };
  const refuse = (what: string, known: readonly string[], path: string) => {
    compilation.error('unsupported', inside(at, path).pointer, `${what} is not supported`);
    compilation.fix(`Use one of ${known.join(', ')}.`);
  };
  if (grant !== undefined && !GRANTS.includes(grant)) refuse(`The grant ${grant}`, GRANTS, 'grant');
  if (grant === EXCHANGE && subject === undefined) refuse('The exchange of no token', ['subject'], 'grant');
  if (grant !== EXCHANGE && (subject !== undefined || actor !== undefined))
    refuse('A token to exchange with another grant', [EXCHANGE], subject === undefined ? 'actor' : 'subject');
}

function authorization(scheme: Scheme, values: Record<string, unknown>): string | CallAuthentication {
  if (scheme === 'oauth2' || scheme === 'oidc') return { scheme, ...values } as CallAuthentication;
  const [username, password, token] = [text(values.username), text(values.password), text(values.token)];
  if (scheme === 'digest') return { scheme, username, password };
  if (scheme === 'bearer') return `Bearer ${token}`;
  // The value of a secret is not known here, and what stands for it must not be encoded.
  const marked = [username, password].some((part) => part.search(SECRET_MARK) >= 0);
  if (marked) return { scheme: 'basic', username, password };
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
