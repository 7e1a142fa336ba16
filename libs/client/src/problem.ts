import type { components } from './generated/openapi.types.js';

/** An RFC 9457 problem document, as every failed call of the API answers it. */
export type Problem = components['schemas']['Problem'];

/** A call that the API refused, or that did not get through. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';

  constructor(
    readonly problem: Problem,
    /** Seconds to wait before a repeat makes sense, when the API says so. */
    readonly retryAfterSeconds: number | null = null,
    options?: ErrorOptions,
  ) {
    super(problem.detail ?? problem.title, options);
  }

  get status(): number {
    return this.problem.status;
  }

  /** The last part of the problem's type: `not-found`, `invalid-input`. */
  get code(): string {
    return this.problem.type.split('/').at(-1) ?? this.problem.type;
  }
}

/** The problem that an answer holds; answers of something else on the way (a proxy) become one too. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const text = await response.text().catch(() => '');
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  const problem = parseProblem(text) ?? {
    type: 'about:blank',
    title: response.statusText || 'The call failed',
    status: response.status,
    detail: `${response.url} answered ${response.status} and no problem document: ${text.slice(0, 200)}`,
  };
  return new ApiProblem(problem, Number.isFinite(retryAfter) ? retryAfter : null);
}

/** The problem of a call that reached nobody. */
export function unreachable(baseUrl: string, cause: unknown): ApiProblem {
  const reason = cause instanceof Error ? reasonOf(cause) : String(cause);
  return new ApiProblem(
    {
      type: 'https://tutti.dev/problems/unreachable',
      title: 'The hub cannot be reached',
      status: 503,
      detail: `Nothing answers at ${baseUrl} (${reason}). Start the hub with "npx tutti up", or set TUTTI_API_URL to where it is.`,
    },
    null,
    { cause },
  );
}

function reasonOf(error: Error): string {
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

function parseProblem(text: string): Problem | null {
  try {
    const value = JSON.parse(text) as Partial<Problem> | null;
    return typeof value?.title === 'string' && typeof value.status === 'number' ? (value as Problem) : null;
  } catch {
    return null;
  }
}
