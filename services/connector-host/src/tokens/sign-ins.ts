import { createHash, randomBytes } from 'node:crypto';
import { uuidv7, newSpanId, newTraceId } from '@tutti/contracts';
import type { OAuth2Client } from '@tutti/plugin-sdk';
import type { SecretBox } from '@tutti/store';
import type { DataSource } from 'typeorm';
import type { Connection } from '../connections/connection.js';
import type { ConnectionDirectory } from '../connections/connection-directory.service.js';
import { LIMITS } from '../limits.js';
import type { Reach } from '../plugins/reach.js';
import type { ConnectionTokens } from './connection-tokens.js';
import { TokenError } from './token-error.js';

/** A sign-in that a person is to make with a browser. */
export interface SignInRequest {
  workspaceId: string;
  connection: string;
  /** Where the authority sends the person back to. */
  redirectUri: string;
  /** Where the person goes on afterwards: a path of the dashboard; null: nowhere. */
  returnTo: string | null;
  by: string;
}

/** `url`: the address to open. */
export type BegunSignIn = { id: string; url: string; expiresAt: string } | { error: string };

/** What the authority sent the person back with. */
export interface SignInAnswer {
  state: string;
  code?: string | undefined;
  error?: string | undefined;
  errorDescription?: string | undefined;
  iss?: string | undefined;
}

/** `connection`: null when no sign-in was expected to end so. */
export interface EndedSignIn {
  ok: boolean;
  detail: string;
  connection: string | null;
  workspaceId: string | null;
  returnTo: string | null;
  /** Who began it. */
  by: string | null;
}

interface OpenRow {
  id: string;
  workspaceId: string;
  connection: string;
  sealed: Buffer;
  returnTo: string | null;
  startedBy: string;
}

export interface SignInsParts {
  database: DataSource;
  secretBox: SecretBox;
  directory: ConnectionDirectory;
  tokens: ConnectionTokens;
}

interface Reached {
  connection: Connection;
  reach: Reach;
  auth: OAuth2Client;
}

const SAID_LENGTH_MAX = 300;

/**
 * Sign-ins of people for connections: authorization code with PKCE (RFC 6749, RFC 7636). Each state is good
 * for one answer, for ten minutes.
 */
export class SignIns {
  readonly #parts: SignInsParts;

  constructor(parts: SignInsParts) {
    this.#parts = parts;
  }

  async begin(request: SignInRequest): Promise<BegunSignIn> {
    const found = await this.#reach(request.workspaceId, request.connection);
    if ('error' in found) return found;
    const { auth } = found;
    const [state, verifier] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64url'));
    const id = uuidv7();
    const { workspaceId, redirectUri } = request;
    const url = signInUrl(auth, { state, verifier, redirectUri } as Record<'state', string> & Proof);
    if (url === null)
      return { error: 'The plugin gives no address of http or https where a person signs in.' };
    const owner = { workspaceId, kind: 'sign-in', of: id } as const;
    const sealed = this.#parts.secretBox.seal({ verifier: verifier as string, redirectUri }, owner);
    const [row] = (await this.#parts.database.query(
      `WITH old AS (DELETE FROM connection_sign_ins WHERE expires_at < clock_timestamp() - interval '1 day')
       INSERT INTO connection_sign_ins (id, state_hash, workspace_id, connection, sealed, return_to, started_by, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + $8 * interval '1 millisecond')
       RETURNING expires_at AS "expiresAt"`,
      [
        id,
        digest(state as string),
        workspaceId,
        request.connection,
        sealed,
        request.returnTo,
        request.by,
        LIMITS.signInMs,
      ],
    )) as { expiresAt: Date }[];
    return { id, url, expiresAt: (row as { expiresAt: Date }).expiresAt.toISOString() };
  }

  /** Never rejects because of what the authority or the person did. */
  async finish(answer: SignInAnswer): Promise<EndedSignIn> {
    const row = await this.#take(answer.state);
    if (row === undefined)
      return {
        ok: false,
        detail: 'This sign-in is not known, was used already or is older than ten minutes. Begin it again.',
        connection: null,
        workspaceId: null,
        returnTo: null,
        by: null,
      };
    const failed = await this.#exchange(row, answer);
    await this.#parts.database.query(
      `UPDATE connection_sign_ins SET status = $2, detail = $3 WHERE id = $1`,
      [row.id, failed === null ? 'done' : 'failed', failed],
    );
    const { connection, workspaceId, returnTo, startedBy: by } = row;
    const detail = failed ?? `Connection "${connection}" is signed in.`;
    return { ok: failed === null, detail, connection, workspaceId, returnTo, by };
  }

  /** Nobody else can answer this sign-in any more. */
  async #take(state: string): Promise<OpenRow | undefined> {
    const [rows] = (await this.#parts.database.query(
      `UPDATE connection_sign_ins SET status = 'taken'
       WHERE state_hash = $1 AND status = 'open' AND expires_at > clock_timestamp()
       RETURNING id, workspace_id AS "workspaceId", connection, sealed, return_to AS "returnTo",
         started_by AS "startedBy"`,
      [digest(state)],
    )) as [OpenRow[], number];
    return rows[0];
  }

  /** Null: signed in; else why not. */
  async #exchange(row: OpenRow, answer: SignInAnswer): Promise<string | null> {
    if (answer.error !== undefined) return refusal(answer);
    if (answer.code === undefined) return 'The authority sent no code.';
    const { workspaceId, connection: name } = row;
    const found = await this.#reach(workspaceId, name);
    if ('error' in found) return found.error;
    const { connection, auth, reach } = found;
    // Another authority may have been made to answer for this one (RFC 9207).
    if (auth.issuer !== undefined && answer.iss !== undefined && auth.issuer !== answer.iss)
      return `The answer comes from "${answer.iss.slice(0, SAID_LENGTH_MAX)}", not from "${auth.issuer}".`;
    const owner = { workspaceId, kind: 'sign-in', of: row.id } as const;
    const { verifier, redirectUri } = this.#parts.secretBox.open(row.sealed, owner) as unknown as Proof;
    const fields = { code: answer.code, redirect_uri: redirectUri, code_verifier: verifier };
    const trace = { traceId: newTraceId(), spanId: newSpanId() };
    const asker = { workspaceId, trace, timeoutMs: LIMITS.tokenTimeoutMs };
    try {
      await this.#parts.tokens.signIn({ connection, auth, reach, asker }, { fields, by: row.startedBy });
      this.#parts.directory.notify();
      return null;
    } catch (error) {
      if (error instanceof TokenError) return error.message;
      throw error;
    }
  }

  async #reach(workspaceId: string, name: string): Promise<Reached | { error: string }> {
    this.#parts.directory.notify();
    const found = await this.#parts.directory.find(workspaceId, name);
    if ('error' in found) return { error: found.error };
    const { connection } = found;
    try {
      const reach = await connection.reach();
      const { auth } = reach;
      if (auth?.flow === 'authorization_code') return { connection, reach, auth };
      const { name: plugin } = connection.plugin.plugin;
      return {
        error: `Nobody signs in to connections of the plugin "${plugin}": its settings are all it needs.`,
      };
    } catch (error) {
      return { error: connection.redactor.text((error as Error).message) };
    }
  }
}

interface Proof {
  verifier: string;
  redirectUri: string;
}

/** The address where a person signs in; null when the plugin gives none that a browser should open. */
function signInUrl(auth: OAuth2Client, of: Proof & { state: string }): string | null {
  const { authorizeUrl = '', authorizeParameters = {}, clientId, scopes } = auth;
  if (!/^https?:\/\//i.test(authorizeUrl) || !URL.canParse(authorizeUrl)) return null;
  const url = new URL(authorizeUrl);
  const challenge = createHash('sha256').update(of.verifier).digest('base64url');
  const own = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: of.redirectUri,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    state: of.state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries({ ...authorizeParameters, ...own }))
    url.searchParams.set(name, value);
  return url.href;
}

function refusal({ error = '', errorDescription }: SignInAnswer): string {
  const said = [error, errorDescription].filter((text) => text !== undefined && text !== '').join(': ');
  const denied = error === 'access_denied' ? 'Access was not granted' : 'The authority refused the sign-in';
  return `${denied} (${said.slice(0, SAID_LENGTH_MAX)}).`;
}

/** The state itself is not kept: who reads the database cannot answer in a person's place. */
function digest(state: string): Buffer {
  return createHash('sha256').update(state).digest();
}
