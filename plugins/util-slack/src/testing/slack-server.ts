import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Stored {
  ts: string;
  text: string;
  bot_id: string;
  channel: string;
  thread_ts?: string;
  metadata?: unknown;
}
type Parameters_ = Record<string, string | undefined>;

export const TOKEN = 'xoxb-test-token';
const USERS = [{ id: 'U0000001', name: 'ann', real_name: 'Ann Ode', profile: { email: 'ann@example.com' } }];
const CHANNELS = ['general', 'orders', 'old'].map((name, i) => ({
  id: `C000000${i}`,
  name,
  is_private: false,
  is_archived: name === 'old',
}));

/**
 * A small Slack: the methods of the Web API that the connector uses, as they are documented. The specs drive
 * it with Slack's own SDK as well, which refuses what is no Slack.
 */
export class SlackServer {
  readonly messages: Stored[] = [];
  /** Answers the next call with this in its place: a status with a body, or an error in a body of 200. */
  next: { status?: number; headers?: Record<string, string>; body: string } | null = null;
  #ts = 1_700_000_000;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const parameters = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
        const known = request.headers.authorization === `Bearer ${TOKEN}`;
        const method = request.url?.split('/').at(-1) ?? '';
        const { next } = this;
        this.next = null;
        response.writeHead(next?.status ?? 200, { 'content-type': 'application/json', ...next?.headers });
        const answer = known ? this.#answer(method, parameters) : { ok: false, error: 'invalid_auth' };
        response.end(next?.body ?? JSON.stringify(answer));
      });
  });

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(method: string, given: Parameters_): object {
    switch (method) {
      case 'auth.test':
        return {
          ok: true,
          team: 'Acme',
          user: 'tutti',
          user_id: 'U1',
          team_id: 'T1',
          url: 'https://acme.slack.com/',
        };
      case 'chat.postMessage':
        return this.#post(given);
      case 'chat.update': {
        const found = this.messages.find(({ ts, channel }) => ts === given.ts && channel === given.channel);
        if (found === undefined) return { ok: false, error: 'message_not_found' };
        found.text = given.text ?? '';
        return { ok: true, channel: found.channel, ts: found.ts, text: found.text };
      }
      case 'conversations.history':
      case 'conversations.replies':
        return this.#history(given);
      case 'conversations.list': {
        // One a page, so that pages are followed.
        const at = Number(given.cursor ?? 0);
        const next = at + 1 < CHANNELS.length ? String(at + 1) : '';
        return { ok: true, channels: CHANNELS.slice(at, at + 1), response_metadata: { next_cursor: next } };
      }
      case 'users.lookupByEmail': {
        const user = USERS.find(({ profile }) => profile.email === given.email);
        return user === undefined ? { ok: false, error: 'users_not_found' } : { ok: true, user };
      }
      default:
        return { ok: false, error: 'unknown_method' };
    }
  }

  #post({ channel, text = '', thread_ts: threadTs, metadata }: Parameters_): object {
    const known = CHANNELS.find(({ id, name }) => id === channel || name === channel);
    if (known === undefined) return { ok: false, error: 'channel_not_found' };
    if (known.is_archived) return { ok: false, error: 'is_archived' };
    const stored: Stored = {
      ts: `${(this.#ts += 1)}.000100`,
      text,
      bot_id: 'B1',
      channel: known.id,
      ...(threadTs !== undefined && { thread_ts: threadTs }),
      ...(metadata !== undefined && { metadata: JSON.parse(metadata) as unknown }),
    };
    this.messages.unshift(stored);
    return { ok: true, channel: stored.channel, ts: stored.ts, message: { ...stored, type: 'message' } };
  }

  #history({ channel, ts, limit }: Parameters_): object {
    const all = this.messages.filter((one) => one.channel === channel && (one.thread_ts ?? undefined) === ts);
    const page = all.slice(0, Number(limit ?? 100));
    return {
      ok: true,
      messages: page.map((one) => ({ ...one, type: 'message' })),
      has_more: all.length > page.length,
    };
  }
}
