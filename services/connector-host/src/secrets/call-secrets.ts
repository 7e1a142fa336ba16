import type { CallAuthentication, CallRequest } from '@tutti/contracts';
import { SecretMarks } from '@tutti/store';
import type { DataSource } from 'typeorm';
import type { Failure } from '../calls/outcomes.js';
import type { ClientCertificate, WireAuthentication } from '../http/wire-authentication.js';
import { SecretRedactor, secretsOfHeaders } from '../redaction/secret-redactor.js';
import { MarkedValues } from './marked-values.js';
import { type SecretDirectory, type SecretValue, textsOf } from './secret-directory.js';
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

  /** The call as it is to be made, or why it cannot be. `refused`: tokens that a server did not take. */
  async prepare(request: CallRequest, refused: readonly string[] = []): Promise<PreparedCall | Failure> {
    try {
      return await this.#prepare(request, refused);
    } catch (error) {
      if (error instanceof SecretError || error instanceof TokenError) return error.outcome;
      throw error;
    }
  }

  async #prepare(request: CallRequest, refused: readonly string[]): Promise<PreparedCall> {
    const marks = await this.#secretMarks();
    const secrets = await this.#secretsOf(request, marks);
    const values = new MarkedValues(marks, request, secrets);
    const input = values.fill(request.input) as Credentials;
    const tokens: string[] = [];
    const used: string[] = [];
    const wire = async (authorization: Authorization | undefined) => {
      if (typeof authorization !== 'object') return authorization;
      const whole = 'use' in authorization ? withSecret(authorization, secrets) : authorization;
      used.push(...textsOf(whole));
      const made = await this.#wire(request, whole, { refused, tokens });
      return made;
    };
    const filled = await withCredentials(input, wire);
    const headers = [filled.headers, { authorization: textOf(filled.authorization) }];
    const texts = [...used, ...values.used, ...tokens, ...headers.flatMap((one) => secretsOfHeaders(one))];
    const redactor = new SecretRedactor(texts);
    return { request: { ...request, input: filled, redactor }, tokens };
  }

  async #secretsOf(request: CallRequest, marks: SecretMarks): Promise<Map<string, SecretValue>> {
    const { workspaceId, runId, secrets } = request;
    const text = JSON.stringify(request.input ?? null);
    const of = { workspaceId, runId: secrets?.runId ?? runId };
    const marked = text.includes('~secret~') ? marks.referencesIn(text, of) : [];
    const used = credentialsOf(request.input as Credentials).flatMap((one) =>
      'use' in one ? [one.use] : [],
    );
    const names = [...new Set([...marked.map((reference) => reference.split('~')[0] as string), ...used])];
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

function credentialsOf(input: Credentials): CallAuthentication[] {
  const { authentication, authorization, document, source } = input;
  return [authentication, authorization, document?.authorization, source?.authorization].filter(
    (one) => typeof one === 'object',
  );
}

/** The call's input with credentials that go on the wire; those of `call: http` become its header. */
async function withCredentials(
  input: Credentials,
  wire: (authorization: Authorization | undefined) => Promise<string | WireAuthentication | undefined>,
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

const TEXTS: Record<string, readonly string[]> = {
  basic: ['username', 'password'],
  digest: ['username', 'password'],
  bearer: ['token'],
  certificate: ['cert', 'key'],
  oauth2: ['authority', 'grant'],
  oidc: ['authority', 'grant'],
};

/** The credentials that a secret holds; a bearer token may be all of it. */
function withSecret(
  { scheme, use }: Extract<CallAuthentication, { use: string }>,
  secrets: ReadonlyMap<string, SecretValue>,
): Exclude<CallAuthentication, { use: string }> | ClientCertificate {
  const secret = secrets.get(use);
  const value = typeof secret === 'string' && scheme === 'bearer' ? { token: secret } : secret;
  const needed = TEXTS[scheme] ?? [];
  const whole = typeof value === 'object' && needed.every((name) => typeof value[name] === 'string');
  if (whole) return { ...value, scheme } as unknown as Exclude<CallAuthentication, { use: string }>;
  throw new SecretError(`The secret "${use}" is no object with ${needed.join(' and ')}, as ${scheme} needs.`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
