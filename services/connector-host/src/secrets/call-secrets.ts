import {
  SECRET_MARK_BEGIN,
  type CallAuthentication,
  type CallRequest,
  type TokenRequest,
} from '@tutti/contracts';
import { SecretMarks } from '@tutti/store';
import type { DataSource } from 'typeorm';
import type { Failure } from '../calls/outcomes.js';
import type { ClientCertificate, WireAuthentication } from '../http/wire-authentication.js';
import { SecretRedactor, secretsOfHeaders } from '../redaction/secret-redactor.js';
import { MarkedValues } from './marked-values.js';
import type { SecretDirectory, SecretValue } from './secret-directory.js';
import { SecretError } from './secret-error.js';
import { TokenError } from '../tokens/token-error.js';
import type { TokenSource } from '../tokens/token-source.js';

/** A call with its secrets in it. It must not leave this process. */
export interface PreparedCall {
  request: CallRequest & { redactor?: SecretRedactor };
  /** Tokens that were fetched for it, to ask for others when these are refused. */
  tokens: readonly string[];
}

type Authorization = string | CallAuthentication;
/** Where calls have credentials. */
interface Credentials {
  authentication?: CallAuthentication;
  authorization?: Authorization;
  document?: { authorization?: Authorization };
  /** The source of a script. */
  source?: { authorization?: Authorization };
  headers?: Record<string, string>;
}

/**
 * Puts secrets into calls: in the place of their marks, into `authentication: { use: ... }`, and as tokens
 * that an authority gives for them. Nothing else resolves a mark, so no value is ever in state, journal or
 * bus.
 */
export class CallSecrets {
  readonly #directory: SecretDirectory;
  readonly #tokens: TokenSource;
  readonly #database: Pick<DataSource, 'query'>;
  #marks: Promise<SecretMarks> | null = null;

  constructor(parts: {
    directory: SecretDirectory;
    tokens: TokenSource;
    database: Pick<DataSource, 'query'>;
  }) {
    this.#directory = parts.directory;
    this.#tokens = parts.tokens;
    this.#database = parts.database;
  }

  /** Whether a call has to be prepared; most have no secrets. */
  concern({ secrets, input }: CallRequest): boolean {
    if (secrets !== undefined) return true;
    return credentialsOf(input as Credentials).some(({ scheme }) => scheme !== 'digest');
  }

  /** The names of the secrets whose marks an input holds, of those that a process is given. */
  async heldIn(request: CallRequest, input: unknown): Promise<string[]> {
    if (textOfMarks(input) === null) return [];
    const references = marksIn({ ...request, input }, await this.#secretMarks());
    return [...new Set(references.map(nameIn))];
  }

  /** The call as it is to be made, or why it cannot be. `refused`: tokens that a server did not take. */
  async prepare(request: CallRequest, refused: readonly string[] = []): Promise<PreparedCall | Failure> {
    const used = new Set<string>();
    try {
      return await this.#prepare(request, refused, used);
    } catch (error) {
      // An authority that refuses may repeat what it was sent.
      if (error instanceof SecretError || error instanceof TokenError)
        return new SecretRedactor(used).value(error.outcome);
      throw error;
    }
  }

  /** `used`: filled with every secret that goes into the call. */
  async #prepare(request: CallRequest, refused: readonly string[], used: Set<string>): Promise<PreparedCall> {
    const marks = await this.#secretMarks();
    const marked = marksIn(request, marks);
    const secrets = await this.#secretsOf(request, marked);
    const values = new MarkedValues(marks, request, secrets);
    const input = (marked.length === 0 ? request.input : values.fill(request.input)) as Credentials;
    for (const value of values.used) used.add(value);
    const tokens: string[] = [];
    const wire = async (authorization: Authorization | undefined) => {
      let written: Authorization | WireAuthentication | undefined = authorization;
      if (typeof authorization === 'object') {
        const whole = 'use' in authorization ? withSecret(authorization, secrets) : authorization;
        for (const text of credentialTexts(whole)) used.add(text);
        written = await this.#wire(request, whole, { refused, tokens });
      }
      for (const text of headerTexts(written)) used.add(text);
      return written;
    };
    const filled = { ...request, input: await withCredentials(input, wire) };
    const texts = [...used, ...tokens, ...secretsOfHeaders(input.headers)];
    if (texts.length === 0) return { request: filled, tokens };
    return { request: { ...filled, redactor: new SecretRedactor(texts) }, tokens };
  }

  async #secretsOf(
    { workspaceId, input, secrets }: CallRequest,
    marked: readonly string[],
  ): Promise<Map<string, SecretValue>> {
    const used = credentialsOf(input as Credentials).flatMap((one) => ('use' in one ? [one.use] : []));
    const names = [...new Set([...marked.map(nameIn), ...used])];
    const foreign = names.find((name) => !(secrets?.names ?? []).includes(name));
    if (foreign !== undefined)
      throw new SecretError(
        `The workflow does not list the secret "${foreign}" under use.secrets.`,
        'authorization',
      );
    const found = await this.#directory.read(workspaceId, names);
    const missing = names.find((name) => !found.has(name));
    if (missing === undefined) return found;
    const remedy = `Set it: npx tutti secrets set ${missing}`;
    throw new SecretError(`The workspace has no secret "${missing}". ${remedy}`, 'authorization');
  }

  /** What goes on the wire for credentials: a header, or what is answered or shown otherwise. */
  async #wire(
    request: CallRequest,
    credentials: Exclude<CallAuthentication, { use: string }> | ClientCertificate,
    { refused, tokens }: { refused: readonly string[]; tokens: string[] },
  ): Promise<string | WireAuthentication> {
    switch (credentials.scheme) {
      case 'basic':
        return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
      case 'bearer':
        return `Bearer ${credentials.token}`;
      case 'digest':
      case 'certificate':
        return credentials;
      case 'oauth2':
      case 'oidc': {
        const token = await this.#tokens.tokenFor(request, credentials, refused);
        tokens.push(token);
        return `Bearer ${token}`;
      }
    }
  }

  #secretMarks(): Promise<SecretMarks> {
    this.#marks ??= SecretMarks.load(this.#database).catch((error: unknown) => {
      this.#marks = null;
      throw error;
    });
    return this.#marks;
  }
}

/** The references of all marks in a call. */
function marksIn({ workspaceId, runId, secrets, input }: CallRequest, marks: SecretMarks): string[] {
  const text = textOfMarks(input);
  if (text === null) return [];
  return marks.referencesIn(text, { workspaceId, runId: secrets?.runId ?? runId });
}

/** An input as JSON; null when it can hold no mark, as most inputs. */
function textOfMarks(input: unknown): string | null {
  const text = JSON.stringify(input ?? null);
  return text.includes(SECRET_MARK_BEGIN) ? text : null;
}

/** A reference names a secret, or a part of one. */
function nameIn(reference: string): string {
  return reference.split('~')[0] as string;
}

function credentialsOf(input: Credentials): CallAuthentication[] {
  const { authentication, authorization, document, source } = input;
  return [authentication, authorization, document?.authorization, source?.authorization].filter(
    (one) => typeof one === 'object',
  );
}

/** The call's input with credentials that go on the wire; those of `call: http` become its header. */
async function withCredentials(
  input: Credentials,
  wire: (authorization: Authorization | undefined) => Promise<Authorization | WireAuthentication | undefined>,
): Promise<Credentials> {
  const { authentication, ...rest } = input;
  const filled = { ...rest } as Credentials;
  const [own, operation, document, source] = [
    await wire(authentication),
    await wire(input.authorization),
    await wire(input.document?.authorization),
    await wire(input.source?.authorization),
  ];
  if (typeof own === 'string') filled.headers = { ...filled.headers, authorization: own };
  else if (own !== undefined) filled.authentication = own as CallAuthentication;
  if (operation !== undefined) filled.authorization = operation as Authorization;
  if (document !== undefined)
    filled.document = { ...input.document, authorization: document as Authorization };
  if (source !== undefined) filled.source = { ...input.source, authorization: source as Authorization };
  return filled;
}

interface Shape {
  /** Texts that must be there, and others that may be. */
  needed: readonly string[];
  optional?: readonly string[];
  /** What else may be there, whose shape the use of it checks. */
  others?: readonly string[];
}

const TOKEN_SHAPE: Shape = {
  needed: ['authority', 'grant'],
  optional: ['username', 'password'],
  others: ['client', 'request', 'endpoints', 'issuers', 'scopes', 'audiences', 'subject', 'actor'],
};
const SHAPES: Record<CallAuthentication['scheme'] | 'certificate', Shape> = {
  basic: { needed: ['username', 'password'] },
  digest: { needed: ['username', 'password'] },
  bearer: { needed: ['token'] },
  certificate: { needed: ['cert', 'key'], optional: ['passphrase', 'ca'] },
  oauth2: TOKEN_SHAPE,
  oidc: TOKEN_SHAPE,
};
const LISTS = ['issuers', 'scopes', 'audiences'];
const OBJECTS = ['client', 'request', 'endpoints', 'subject', 'actor'];

/** The credentials that a secret holds, and nothing else of it; a bearer token may be all of it. */
function withSecret(
  { scheme, use }: Extract<CallAuthentication, { use: string }>,
  secrets: ReadonlyMap<string, SecretValue>,
): Exclude<CallAuthentication, { use: string }> | ClientCertificate {
  const secret = secrets.get(use);
  const value = typeof secret === 'string' && scheme === 'bearer' ? { token: secret } : secret;
  const { needed, optional = [], others = [] } = SHAPES[scheme];
  if (typeof value !== 'object' || !needed.every((name) => typeof value[name] === 'string'))
    throw new SecretError(
      `The secret "${use}" is no object with ${needed.join(' and ')}, as ${scheme} needs.`,
    );
  const has = (name: string) => Object.hasOwn(value, name) && value[name] !== null;
  const wrong = [...optional, ...others].find((name) => has(name) && !hasShape(name, value[name]));
  if (wrong !== undefined)
    throw new SecretError(`The secret "${use}" has "${wrong}" in a form that ${scheme} does not take.`);
  const names = [...needed, ...optional, ...others].filter(has);
  const parts = Object.fromEntries(names.map((name) => [name, value[name]]));
  return { ...parts, scheme } as unknown as Exclude<CallAuthentication, { use: string }>;
}

function hasShape(name: string, value: unknown): boolean {
  if (LISTS.includes(name)) return isTexts(value);
  if (OBJECTS.includes(name))
    return typeof value === 'object' && value !== null && isTexts(Object.values(value));
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** What of credentials nobody else may see; names of schemes, scopes and addresses are none of it. */
function credentialTexts(credentials: Exclude<CallAuthentication, { use: string }> | ClientCertificate) {
  const { token, password, key, passphrase, client, subject, actor } = credentials as {
    [name in 'token' | 'password' | 'key' | 'passphrase']?: string;
  } & Partial<Pick<TokenRequest, 'client' | 'subject' | 'actor'>>;
  const own = [token, password, key, passphrase, subject?.token, actor?.token];
  const texts = [...own, client?.secret, client?.assertion, client?.key];
  return texts.filter((text) => typeof text === 'string');
}

function headerTexts(authorization: unknown): string[] {
  return typeof authorization === 'string' ? secretsOfHeaders({ authorization }) : [];
}
