import createFetchClient, { type Client, type Middleware } from 'openapi-fetch';
import { type FollowOptions, followEvents, type HubEvent } from './follow.js';
import type { components, paths } from './generated/openapi.types.js';
import { problemOf, unreachable } from './problem.js';

type Schemas = components['schemas'];
export type RunStarted = Schemas['RunStarted'];
export type RunDetail = Schemas['RunDetail'];
export type ArtifactRef = Schemas['ArtifactRef'];
export type Applied = Schemas['Applied'];
export type WorkflowPreview = Schemas['WorkflowPreview'];

export interface ClientOptions {
  /** Where the API is, for example http://127.0.0.1:4000. */
  baseUrl: string;
  token: string;
  fetch?: typeof globalThis.fetch;
}

export interface StartRunOptions {
  namespace: string;
  name: string;
  input?: unknown;
  /** Seconds to wait for the end of the run; absent: answer as soon as it is stored. */
  waitSeconds?: number | undefined;
  /** A repeat with the same key answers the first run. */
  idempotencyKey?: string | undefined;
}

/**
 * The API of a hub. `api` has every call, typed by its description; the methods are what callers need most.
 * Failed calls throw ApiProblem.
 */
export interface TuttiClient {
  readonly api: Client<paths>;
  readonly baseUrl: string;
  startRun(options: StartRunOptions): Promise<RunStarted>;
  getRun(id: string): Promise<RunDetail>;
  /** Applies a workflow document, as text; `note` is kept with a new version. */
  applyWorkflow(text: string, options?: { plan?: boolean; note?: string | undefined }): Promise<Applied>;
  /** What is wrong with a workflow document, or likely to be; nothing is stored. */
  lintWorkflow(text: string): Promise<{ findings: components['schemas']['Finding'][] }>;
  /** What an apply of a workflow document would change and break. */
  previewWorkflow(text: string): Promise<WorkflowPreview>;
  /** Applies a routing policy, as text. */
  applyPolicy(text: string, options?: { plan?: boolean }): Promise<Applied>;
  /** Applies a trigger, as text. */
  applyTrigger(text: string, options?: { plan?: boolean }): Promise<Applied>;
  uploadArtifact(content: Uint8Array, of: { mediaType: string; name?: string }): Promise<ArtifactRef>;
  followEvents(options?: Pick<FollowOptions, 'signal' | 'retryMs'>): AsyncGenerator<HubEvent>;
}

/** A client for the hub at `baseUrl`. */
export function createClient(options: ClientOptions): TuttiClient {
  const { baseUrl, token } = options;
  const api = createFetchClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${token}` },
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
  api.use(throwsProblems(baseUrl));
  return {
    api,
    baseUrl,
    startRun: (run) => startRun(api, run),
    getRun: async (id) => dataOf(await api.GET('/v1/runs/{id}', { params: { path: { id } } })),
    applyWorkflow: async (body, { plan, note } = {}) => {
      const query = { ...planOf(plan), ...(note === undefined ? {} : { note }) };
      return dataOf(await api.PUT('/v1/workflows', { ...asText(body), params: { query } }));
    },
    lintWorkflow: async (body) => dataOf(await api.POST('/v1/workflows/lint', asText(body))),
    previewWorkflow: async (body) => dataOf(await api.POST('/v1/workflows/preview', asText(body))),
    applyPolicy: async (body, { plan } = {}) =>
      dataOf(await api.PUT('/v1/policies', { ...asText(body), params: { query: planOf(plan) } })),
    applyTrigger: async (body, { plan } = {}) =>
      dataOf(await api.PUT('/v1/triggers', { ...asText(body), params: { query: planOf(plan) } })),
    uploadArtifact: (content, of) => uploadArtifact(api, content, of),
    followEvents: (more = {}) => followEvents({ baseUrl, token, ...more }),
  };
}

/** Every answer that is no success is thrown as its problem; so is a call that reached nobody. */
function throwsProblems(baseUrl: string): Middleware {
  return {
    onResponse: async ({ response }) => {
      if (!response.ok) throw await problemOf(response);
      return undefined;
    },
    onError: ({ error }) => unreachable(baseUrl, error),
  };
}

async function startRun(api: Client<paths>, run: StartRunOptions): Promise<RunStarted> {
  const { namespace, name, input = {}, waitSeconds, idempotencyKey } = run;
  return dataOf(
    await api.POST('/v1/workflows/{namespace}/{name}/runs', {
      params: {
        path: { namespace, name },
        header: {
          ...(waitSeconds === undefined ? {} : { Prefer: `wait=${Math.ceil(waitSeconds)}` }),
          ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
        },
      },
      body: input,
    }),
  );
}

async function uploadArtifact(
  api: Client<paths>,
  content: Uint8Array,
  of: { mediaType: string; name?: string },
): Promise<ArtifactRef> {
  return dataOf(
    await api.POST('/v1/artifacts', {
      params: { query: of.name === undefined ? {} : { name: of.name } },
      headers: { 'content-type': of.mediaType },
      body: content as unknown as string,
      bodySerializer: (body: unknown) => body as NonNullable<RequestInit['body']>,
    }),
  );
}

/** A document travels as the text it is. */
function asText(text: string) {
  return {
    body: text,
    headers: { 'content-type': 'application/yaml' },
    bodySerializer: (body: unknown) => body as NonNullable<RequestInit['body']>,
  };
}

function planOf(plan: boolean | undefined): { plan?: 'true' } {
  return plan === true ? { plan: 'true' } : {};
}

/** What a call that did not throw answered. */
function dataOf<T>(answer: { data?: T }): T {
  return answer.data as T;
}
