import { hash, timingSafeEqual } from 'node:crypto';
import { uuidv7 } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import {
  deleteExpired,
  deleteSession,
  findToken,
  insertToken,
  slideSession,
  useSignInCode,
} from './access.queries.js';
import type { Caller } from './access.types.js';
import { hashSecret, newSecret } from './tokens.js';

const CACHE_ENTRIES_MAX = 10_000;
const TOKEN_LENGTH_MAX = 512;

interface CachedCaller {
  caller: Caller;
  until: number;
}

/**
 * Tokens, sessions and sign-in codes. Known tokens are kept for a few seconds, so that the hot path asks no
 * database.
 */
@Injectable()
export class AccessService {
  private readonly known = new Map<string, CachedCaller>();

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /** The caller behind an Authorization header that was seen a moment ago, without asking the database. */
  recall(authorization: string | undefined): Caller | undefined {
    const token = bearerOf(authorization);
    if (token === undefined) return undefined;
    const cached = this.known.get(digest(token));
    return cached !== undefined && cached.until > Date.now() ? cached.caller : undefined;
  }

  /** The caller behind an Authorization header; a 401 problem when there is none. */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const token = bearerOf(authorization);
    if (token === undefined) {
      throw unauthorized(
        'Send the header "Authorization: Bearer <token>". The admin token is in the data folder, in the file admin-token.',
        '',
      );
    }
    const hash = hashSecret(token);
    const row = await findToken(this.dataSource, hash, this.config.sessionHours);
    if (row === undefined || !timingSafeEqual(row.secretHash, hash)) {
      throw unauthorized(
        'The token is unknown, or the session has ended. Sign in again, or take the token from the data folder.',
        ', error="invalid_token"',
      );
    }
    if (row.kind === 'session' && row.slide)
      await slideSession(this.dataSource, row.id, this.config.sessionHours);
    const caller: Caller = {
      workspaceId: row.workspaceId,
      subject: row.subject,
      kind: row.kind,
      tokenId: row.id,
    };
    this.remember(digest(token), caller);
    return caller;
  }

  async createSignInLink(
    caller: Caller,
    origin: string,
  ): Promise<{ code: string; url: string; expiresAt: string }> {
    const code = newSecret('sign-in');
    const expiresAt = await this.dataSource.transaction(async (manager) => {
      await deleteExpired(manager);
      await this.audit.append(manager, {
        caller,
        origin,
        action: 'sign-in-link.created',
        target: `workspace:${caller.workspaceId}`,
      });
      return insertToken(manager, {
        id: uuidv7(),
        workspaceId: caller.workspaceId,
        kind: 'sign-in',
        subject: caller.subject,
        hash: hashSecret(code),
        lifeMinutes: this.config.signInMinutes,
      });
    });
    const url = new URL('/sign-in', this.config.dashboardUrl);
    url.searchParams.set('code', code);
    return { code, url: url.href, expiresAt: expiresAt as string };
  }

  /**
   * Exchanges a one-time code for a session. Unknown, used and old codes look the same, so that nothing can
   * be learned by guessing.
   */
  async createSession(code: string, origin: string): Promise<{ token: string; expiresAt: string }> {
    const token = newSecret('session');
    const expiresAt = await this.dataSource.transaction(async (manager) => {
      const used = await useSignInCode(manager, hashSecret(code));
      if (used === undefined)
        throw new ProblemError('link-used', 'Ask for a new link: "npx tutti sign-in" prints one.');
      const id = uuidv7();
      const caller: Caller = { ...used, kind: 'session', tokenId: id };
      await this.audit.append(manager, {
        caller,
        origin,
        action: 'session.created',
        target: `session:${id}`,
      });
      return insertToken(manager, {
        id,
        ...used,
        kind: 'session',
        hash: hashSecret(token),
        lifeMinutes: this.config.sessionHours * 60,
      });
    });
    return { token, expiresAt: expiresAt as string };
  }

  async endSession(caller: Caller, origin: string): Promise<void> {
    if (caller.kind !== 'session')
      throw new ProblemError('forbidden', 'This token is not a session, so there is nothing to sign out of.');
    const hash = await this.dataSource.transaction(async (manager) => {
      await this.audit.append(manager, {
        caller,
        origin,
        action: 'session.ended',
        target: `session:${caller.tokenId}`,
      });
      return deleteSession(manager, caller.tokenId);
    });
    if (hash !== undefined) this.known.delete(hash.toString('hex'));
  }

  private remember(key: string, caller: Caller): void {
    if (this.known.size >= CACHE_ENTRIES_MAX) this.known.clear();
    this.known.set(key, { caller, until: Date.now() + this.config.tokenCacheMs });
  }
}

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > TOKEN_LENGTH_MAX) return undefined;
  return /^bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1];
}

// The cache is keyed by the hash too: a lookup's time then says nothing about the token, and the heap holds
// no secrets.
function digest(token: string): string {
  return hash('sha256', token, 'hex');
}

function unauthorized(detail: string, challenge: string): ProblemError {
  return new ProblemError('unauthorized', detail, {
    headers: { 'www-authenticate': `Bearer realm="tutti"${challenge}` },
  });
}
