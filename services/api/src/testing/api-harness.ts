import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { BusModule, InProcessBus, type KafkaConfig } from '@tutti/bus';
import type { HookReader, Problem } from '@tutti/contracts';
import { SecretBox, StoreModule } from '@tutti/store';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { createApiApp } from '../api.app.js';
import { ensureAdminToken, newSecret } from '../access/tokens.js';
import type { ApiConfig } from '../config/api.config.js';
import { CONNECTION_TESTER, type ConnectionTester } from '../connections/connection.tester.js';
import type { McpContribution } from '../mcp/mcp.types.js';
import { CONNECTION_SIGN_INS, type ConnectionSignIns } from '../connections/sign-ins.port.js';
import { HOOK_READER } from '../hooks/hook.reader.js';
import type { FunctionSource } from '../workflows/function-source.js';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T & Partial<Problem>;
}

export interface RequestOptions {
  token?: string | null;
  headers?: Record<string, string>;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: string | Uint8Array;
}

/** The real API on a port of its own and a database of its own; what the tests await is read from both. */
export class ApiHarness {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly bus: InProcessBus,
    readonly url: string,
    readonly token: string,
    private readonly database: TestDatabase,
  ) {}

  static async start(
    options: {
      config?: Partial<ApiConfig>;
      tester?: Partial<ConnectionTester>;
      signIns?: ConnectionSignIns;
      kafka?: KafkaConfig;
      hookReader?: HookReader;
      functionSource?: FunctionSource;
      mcp?: readonly McpContribution[];
      /** Shares the database of another one, as a second process would; close this one first. */
      beside?: ApiHarness;
    } = {},
  ): Promise<ApiHarness> {
    const { beside } = options;
    const database = beside
      ? { ...beside.database, drop: () => Promise.resolve() }
      : await createTestDatabase();
    const bus = new InProcessBus();
    const app = await createApiApp({
      config: options.config ?? {},
      imports: [StoreModule.forRoot(database.connection), BusModule.forRoot(bus)],
      secretBox: beside?.secretBox ?? new SecretBox(randomBytes(32)),
      kafka: options.kafka,
      functionSource: options.functionSource,
      mcpContributions: options.mcp ?? [],
      ...(options.signIns
        ? { connectionSignIns: { provide: CONNECTION_SIGN_INS, useValue: options.signIns } }
        : {}),
      ...(options.hookReader ? { hookReader: { provide: HOOK_READER, useValue: options.hookReader } } : {}),
      ...(options.tester
        ? { connectionTester: { provide: CONNECTION_TESTER, useValue: options.tester } }
        : {}),
    });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const harness = new ApiHarness(
      app,
      bus,
      `http://127.0.0.1:${port}`,
      beside?.token ?? newSecret('admin'),
      database,
    );
    if (!beside) await ensureAdminToken(harness.dataSource, harness.token);
    return harness;
  }

  private get secretBox(): SecretBox {
    return this.app.get(SecretBox, { strict: false });
  }

  get dataSource(): DataSource {
    return this.app.get(DataSource);
  }

  /** A token of another workspace, which is made when it is not there. */
  async tokenOf(workspaceId: string): Promise<string> {
    await this.query(`INSERT INTO workspaces (id, name) VALUES ($1, $1) ON CONFLICT DO NOTHING`, [
      workspaceId,
    ]);
    const token = newSecret('admin');
    await ensureAdminToken(this.dataSource, token, workspaceId);
    return token;
  }

  async query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.dataSource.query<Row[]>(sql, parameters);
  }

  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer<T>> {
    const token = options.token === undefined ? this.token : options.token;
    const json = options.body === undefined ? undefined : JSON.stringify(options.body);
    const payload = options.raw ?? json;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(payload === undefined ? {} : { body: payload as BodyInit }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : { text }) as Answer<T>['body'],
    };
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.database.drop();
  }
}
