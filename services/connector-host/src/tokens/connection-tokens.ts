import { createHash } from 'node:crypto';
import { matchesHost, type OAuth2Client } from '@tutti/plugin-sdk';
import type { SecretBox } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { failure } from '../calls/outcomes.js';
import type { Connection } from '../connections/connection.js';
import { LIMITS } from '../limits.js';
import type { Reach } from '../plugins/reach.js';
import type { KnownSecrets } from '../redaction/known-secrets.js';
import { SecretRedactor } from '../redaction/secret-redactor.js';
import type { AuthorityClient } from './authority-client.js';
import { TokenError } from './token-error.js';
import { type ConnectionTokenSet, type TokenRow, TokenRows } from './token-rows.js';
import { freshMsOf, type TokenSource } from './token-source.js';
import type { TokenAnswer, TokenAsker, TokenScheme } from './token.types.js';

/** Access tokens for the requests of one attempt. */
export interface RequestAuthorization {
  /** A token that is none of those that were refused. Throws TokenError. */
  token(refused: readonly string[]): Promise<string>;
}

export interface ConnectionTokensParts {
  database: DataSource;
  secretBox: SecretBox;
  knownSecrets: KnownSecrets;
  authority: AuthorityClient;
  source: TokenSource;
}

interface Asked {
  connection: Connection;
  auth: OAuth2Client;
  reach: Reach;
  asker: TokenAsker;
}

interface Kept {
  access: string;
  /** On the clock of `performance.now()`. */
  untilMs: number;
}

/**
 * The tokens of connections that sign in by OAuth 2.0. Those of people lie sealed in the database: of all
 * hosts, the one that holds the row's lock asks for new ones, so that a refresh token is used once.
 */
export class ConnectionTokens {
  readonly #parts: ConnectionTokensParts;
  readonly #rows: TokenRows;
  /** Weak: a connection that was changed is another one. */
  readonly #kept = new WeakMap<Connection, Kept>();
  readonly #asking = new Map<string, Promise<string>>();
  #renewing = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(parts: ConnectionTokensParts) {
    this.#parts = parts;
    this.#rows = new TokenRows(parts.secretBox);
  }

  /** How requests over a connection are authorized; undefined: its plugin does that by itself. */
  of(
    connection: Connection,
    reach: Reach,
    asker: Omit<TokenAsker, 'workspaceId'>,
  ): RequestAuthorization | undefined {
    const { auth } = reach;
    if (auth === undefined) return undefined;
    const of = { connection, auth, reach, asker: { ...asker, workspaceId: connection.workspaceId } };
    return { token: (refused) => this.#token(of, refused) };
  }

  /**
   * Exchanges the code of a person's sign-in for tokens and keeps them. Throws TokenError with nothing secret
   * in it.
   */
  async signIn(of: Asked, given: { fields: Record<string, string>; by: string }): Promise<void> {
    const { connection, auth } = of;
    const answer = await this.#ask(of, { grant: 'authorization_code', fields: given.fields });
    const tokens = tokensOf(answer);
    this.#know(of, tokens);
    await this.#parts.database.transaction(async (manager) => {
      await this.#rows.signIn(manager, connection, {
        client: clientOf(auth),
        tokens,
        expiresInMs: answer.expiresInMs,
        scopes: answer.scope ?? auth.scopes.join(' '),
        by: given.by,
      });
      await forgetConnection(manager, connection);
    });
  }

  async #token(of: Asked, refused: readonly string[]): Promise<string> {
    if (of.auth.flow === 'client_credentials') {
      checkHost(of);
      const scheme = schemeOf(of.auth, { grant: 'client_credentials', scopes: of.auth.scopes });
      const access = await this.#redacted(of, {}, () =>
        this.#parts.source.tokenFor(of.asker, scheme, refused),
      );
      this.#know(of, { access });
      return access;
    }
    const kept = this.#kept.get(of.connection);
    if (kept !== undefined && kept.untilMs > performance.now() && !refused.includes(kept.access))
      return kept.access;
    const access = await this.#together(of, refused);
    // Those who asked with us may not have known that this one was refused.
    return refused.includes(access) ? this.#together(of, refused) : access;
  }

  /** Calls that come while a token is looked for wait for the same one. */
  #together(of: Asked, refused: readonly string[]): Promise<string> {
    const key = `${of.connection.workspaceId}/${of.connection.name}`;
    const running = this.#asking.get(key);
    if (running !== undefined) return running;
    const asking = this.#obtain(of, refused).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #obtain(of: Asked, refused: readonly string[]): Promise<string> {
    const row = await this.#rows.read(this.#parts.database, of.connection);
    const usable = this.#usable(of, row, refused);
    return usable ?? this.#inTurn(() => this.#renew(of, refused));
  }

  /** The token of a row where it still serves. Throws when a person has to sign in. */
  #usable(of: Asked, row: TokenRow | undefined, refused: readonly string[]): string | null {
    if (row === undefined) throw needed(of, 'nobody has signed in yet');
    if (row.tokens === null) throw needed(of, row.detail ?? 'the sign-in has ended');
    if (row.client !== clientOf(of.auth))
      throw needed(of, 'its settings name another client than the one that signed in');
    const freshMs = freshMsOf(row.leftMs);
    if (freshMs <= 0 || refused.includes(row.tokens.access)) return null;
    this.#know(of, row.tokens);
    this.#kept.set(of.connection, { access: row.tokens.access, untilMs: performance.now() + freshMs });
    return row.tokens.access;
  }

  /** The row's lock is held while the authority is asked: a refresh token serves one time only. */
  async #renew(of: Asked, refused: readonly string[]): Promise<string> {
    const { database } = this.#parts;
    const { connection } = of;
    let renewed: { version: number; tokens: ConnectionTokenSet; expiresInMs: number } | null = null;
    let ended: string | null = null;
    try {
      await database.transaction(async (manager) => {
        const row = await this.#rows.read(manager, connection, { locked: true });
        if (row === undefined || this.#usable(of, row, refused) !== null) return;
        const answer = await this.#refreshed(of, row.tokens as ConnectionTokenSet);
        if (typeof answer === 'string') {
          ended = answer;
          await this.#rows.end(manager, connection, answer);
          return;
        }
        const tokens = { ...row.tokens, ...tokensOf(answer) };
        renewed = { version: row.version, tokens, expiresInMs: answer.expiresInMs };
        await this.#rows.renew(manager, connection, renewed);
      });
    } catch (error) {
      if (renewed === null) throw error;
      // The authority has taken the old token: the new ones must not be lost with a connection that broke.
      await this.#rows.renew(database, connection, renewed);
    }
    if (ended !== null) throw needed(of, ended);
    const row = await this.#rows.read(database, connection);
    // One that ends within seconds is still the best there is.
    const access = this.#usable(of, row, refused) ?? row?.tokens?.access;
    if (access !== undefined && !refused.includes(access)) return access;
    throw needed(of, 'the authority gives no token that still serves');
  }

  /** The authority's answer, or why a person has to sign in again. */
  async #refreshed(of: Asked, { refresh }: ConnectionTokenSet): Promise<TokenAnswer | string> {
    if (refresh === undefined) return 'the access token has ended, and the authority gave no refresh token';
    try {
      return await this.#ask(of, { grant: 'refresh_token', fields: { refresh_token: refresh } });
    } catch (error) {
      if (error instanceof TokenError && error.code === 'invalid_grant')
        return `the authority does not take the refresh token any more: ${error.message}`;
      throw error;
    }
  }

  /** Not within the time of the call that waits: an answer that nobody reads would lose the tokens. */
  #ask(of: Asked, by: { grant: string; fields: Record<string, string> }): Promise<TokenAnswer> {
    checkHost(of);
    const asker = { ...of.asker, timeoutMs: LIMITS.tokenTimeoutMs };
    return this.#redacted(of, by.fields, () => this.#parts.authority.token(asker, schemeOf(of.auth, by)));
  }

  /** An authority that refuses may repeat what it was sent. */
  async #redacted<T>({ auth }: Asked, fields: Record<string, string>, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      const { code: used, refresh_token: refresh, code_verifier: verifier } = fields;
      const secrets = [auth.clientSecret, used, refresh, verifier].filter((text) => text !== undefined);
      throw new TokenError(new SecretRedactor(secrets).value(error.outcome), error.code);
    }
  }

  /** From now on nothing that the process says holds them. */
  #know({ connection, reach }: Asked, tokens: ConnectionTokenSet): void {
    const texts = Object.values(tokens);
    connection.knowTokens(texts);
    reach.hide?.(texts);
    this.#parts.knownSecrets.set(`${connection.workspaceId}/${connection.name}#tokens`, texts);
  }

  /** Each renewal keeps a connection to the database, of which there are few. */
  async #inTurn<T>(renew: () => Promise<T>): Promise<T> {
    if (this.#renewing >= LIMITS.tokenRenewalsAtOnceMax)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#renewing += 1;
    try {
      return await renew();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#renewing -= 1;
      else next();
    }
  }
}

/** What hosts keep of a connection is old from now on. */
export async function forgetConnection(
  database: Pick<DataSource, 'query'>,
  { workspaceId, name }: { workspaceId: string; name: string },
): Promise<void> {
  await database.query(
    'UPDATE connections SET revision = revision + 1 WHERE workspace_id = $1 AND name = $2',
    [workspaceId, name],
  );
}

function tokensOf({ token, refreshToken }: TokenAnswer): ConnectionTokenSet {
  return { access: token, ...(refreshToken === undefined ? {} : { refresh: refreshToken }) };
}

function schemeOf(
  { tokenUrl, clientId, clientSecret, clientAuthentication = 'client_secret_basic' }: OAuth2Client,
  by: { grant: string; fields?: Record<string, string>; scopes?: string[] },
): TokenScheme {
  const client =
    clientSecret === undefined
      ? { id: clientId, authentication: 'none' }
      : { id: clientId, secret: clientSecret, authentication: clientAuthentication };
  return { scheme: 'oauth2', authority: tokenUrl, endpoints: { token: tokenUrl }, client, ...by };
}

/** Tokens of one client are worth nothing to another. */
function clientOf({ tokenUrl, clientId }: OAuth2Client): string {
  return createHash('sha256')
    .update(JSON.stringify([tokenUrl, clientId]))
    .digest('base64url');
}

function checkHost({ auth: { tokenUrl }, reach }: Asked): void {
  const host = URL.canParse(tokenUrl) ? new URL(tokenUrl).host : tokenUrl;
  if (matchesHost(reach.hosts, host)) return;
  const detail =
    `The host "${host}", where tokens are fetched, is not one of the plugin's declared hosts: ` +
    'add it to `hosts` in the plugin.';
  const title = 'No token for the call';
  throw new TokenError(failure({ fate: 'permanent', kind: 'configuration', status: 403, title, detail }));
}

function needed({ connection: { name } }: Asked, why: string): TokenError {
  return new TokenError(
    failure({
      fate: 'permanent',
      kind: 'authentication',
      status: 401,
      title: 'The connection needs a sign-in',
      detail: `Connection "${name}": ${why}. Sign in on its page, or with: npx tutti connections authorize ${name}`,
      reason: 'unavailable',
    }),
  );
}
