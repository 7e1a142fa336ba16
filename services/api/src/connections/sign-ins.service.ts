import { TOPICS, type SignInAttempt, type SignInBegun } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import { unknownConnection } from './connections.service.js';
import { findConnection } from './connections.queries.js';
import { CONNECTION_SIGN_INS, type ConnectionSignIns } from './sign-ins.port.js';
import { findAttempt, forgetTokens } from './sign-ins.queries.js';

/** Where authorities send people back to, at the hub's public address. */
export const CALLBACK_PATH = '/v1/oauth/callback';
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface SignInAction {
  caller: Caller;
  origin: string;
  name: string;
}

type SignInAnswer = Parameters<ConnectionSignIns['finish']>[0];

/** Sign-ins of people for connections whose plugins ask for it. */
@Injectable()
export class SignInsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(CONNECTION_SIGN_INS) private readonly signIns: ConnectionSignIns | null,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  /** `reachedAt`: the host by which the caller reached the hub. */
  async begin(action: SignInAction & { reachedAt: string; toDashboard: boolean }): Promise<SignInBegun> {
    const { caller, name } = action;
    const { workspaceId, subject: by } = caller;
    if ((await findConnection(this.dataSource, workspaceId, name)) === undefined)
      throw unknownConnection(name);
    const redirectUri = this.callbackAt(action.reachedAt);
    const returnTo = action.toDashboard ? `/connections/${encodeURIComponent(name)}` : null;
    const begun = await this.host().begin({ workspaceId, connection: name, redirectUri, returnTo, by });
    if ('error' in begun) throw new ProblemError('conflict', begun.error);
    await this.audited(action, 'connection.sign-in.begun');
    return { ...begun, redirectUri };
  }

  async attempt(workspaceId: string, connection: string, id: string): Promise<SignInAttempt> {
    const found = UUID.test(id)
      ? await findAttempt(this.dataSource, { workspaceId, connection, id })
      : undefined;
    if (found === undefined) throw new ProblemError('not-found', 'There is no such sign-in.');
    return found;
  }

  /** The end of a sign-in, from the browser that the authority sent back. */
  async finish(
    answer: SignInAnswer,
    origin: string,
  ): Promise<{ ok: boolean; detail: string; next: string | null }> {
    const ended = await this.host().finish(answer);
    const { ok, detail, connection, workspaceId, returnTo, by } = ended;
    if (connection !== null && workspaceId !== null && by !== null) {
      const caller: Caller = { workspaceId, subject: by, kind: 'session', tokenId: '' };
      const action = ok ? 'connection.signed-in' : 'connection.sign-in.failed';
      await this.audited({ caller, origin, name: connection }, action);
      if (ok) await this.announce(workspaceId);
    }
    return { ok, detail, next: returnTo === null ? null : new URL(returnTo, this.base).href };
  }

  async signOut(action: SignInAction): Promise<void> {
    const { caller, name } = action;
    await this.dataSource.transaction(async (manager) => {
      if (!(await forgetTokens(manager, caller.workspaceId, name)))
        throw new ProblemError('not-found', `Nobody is signed in to a connection "${name.slice(0, 64)}".`);
      await this.audit.append(manager, {
        caller,
        origin: action.origin,
        action: 'connection.signed-out',
        target: `connection:${name}`,
      });
    });
    await this.announce(caller.workspaceId);
  }

  private get base(): string {
    return this.config.publicUrl ?? this.config.dashboardUrl;
  }

  /**
   * Behind a proxy the address that people use cannot be guessed: authorities compare it letter by letter.
   */
  private callbackAt(reachedAt: string): string {
    const { host, hostname } = new URL(`http://${reachedAt}`);
    if (this.config.publicUrl === undefined && !LOOPBACK.test(hostname)) {
      throw new ProblemError(
        'conflict',
        'The hub does not know its public address, to which people come back after a sign-in; ' +
          `you reached it as ${host}. Start it with TUTTI_PUBLIC_URL, such as https://${host}.`,
      );
    }
    return new URL(CALLBACK_PATH, this.base).href;
  }

  private host(): ConnectionSignIns {
    if (this.signIns !== null) return this.signIns;
    throw new ProblemError('unavailable', 'No connector host is reachable from here, so nobody can sign in.');
  }

  private audited({ caller, origin, name }: SignInAction, action: string): Promise<void> {
    return this.dataSource.transaction((manager) =>
      this.audit.append(manager, { caller, origin, action, target: `connection:${name}` }),
    );
  }

  private async announce(workspaceId: string): Promise<void> {
    await this.bus.publish(TOPICS.control, [
      { kind: 'definitions.changed', workspaceId, what: 'connection' },
    ]);
  }
}
