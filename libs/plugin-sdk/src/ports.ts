import type { ArtifactRef } from '@tutti/contracts';
import type { z } from 'zod';

/** Values of a query string; null and undefined are left out, arrays repeat the name. */
export type HttpQuery = Record<string, QueryValue | readonly QueryValue[] | null | undefined>;
type QueryValue = string | number | boolean;

/** How one HTTP request of a plugin is made. */
export interface HttpRequest {
  query?: HttpQuery;
  /** Added to the headers that the plugin's `http` gives. */
  headers?: Record<string, string>;
  /**
   * Bytes and text are sent as they are, `URLSearchParams` as a form, `fileBody(ref)` and `formBody([...])`
   * with the bytes of artifacts, anything else as JSON.
   */
  body?: unknown;
  /**
   * Stores the body of the reply as an artifact, as it is, and gives its reference in the place of the reply:
   * `reply: ArtifactRef`. The plugin never has the bytes.
   */
  into?: 'file';
  /** Told of status and headers of the reply, before the request resolves. */
  answered?: (answer: HttpAnswer) => void;
}

/** What a reply says besides its body. */
export interface HttpAnswer {
  status: number;
  /** By their names in lower case; several of one name are joined by commas. */
  headers: Readonly<Record<string, string>>;
  /** Where it came from, redirects followed. */
  url: string;
}

/** A request whose reply is checked: a reply that breaks the schema is a `PermanentError`. */
export interface HttpRequestFor<Reply extends z.ZodType> extends HttpRequest {
  /**
   * JSON is parsed by content type, text stays text, an empty reply is `null`, everything else a
   * `Uint8Array`.
   */
  reply: Reply;
}

/** A request whose reply is read as it comes. */
export interface HttpStreamRequest extends HttpRequest {
  /** Default: POST with a body, else GET. */
  method?: 'GET' | 'POST';
  /** Ends the exchange, whether or not something comes. */
  signal?: AbortSignal;
}

/** One item of a streamed reply: a server-sent event, or a line of JSON lines (`data` alone). */
export interface StreamItem {
  data: string;
  event?: string;
  id?: string;
}

/** One method of the HTTP port: the path is added to `baseUrl`, an absolute URL stands for itself. */
export interface HttpMethod {
  <Reply extends z.ZodType>(path: string, request: HttpRequestFor<Reply>): Promise<z.output<Reply>>;
  (path: string, request?: HttpRequest): Promise<unknown>;
}

/**
 * The only way to the network. The host performs the request inside the declared hosts, adds credentials and
 * trace headers, and throws `TransientError` for 408, 425, 429, 5xx, timeouts and connection failures,
 * `PermanentError` for other statuses of 400 and above.
 */
export interface HttpPort {
  get: HttpMethod;
  /** Status and headers only (`answered`); the reply is `null`. */
  head: HttpMethod;
  post: HttpMethod;
  put: HttpMethod;
  patch: HttpMethod;
  delete: HttpMethod;
  /**
   * The items of a reply in `text/event-stream` or JSON lines, as they come; the other side waits while they
   * are not taken. Ending the loop ends the exchange. Errors as with the other methods; a stream that breaks
   * off is a `TransientError`, a reply that is no stream a `PermanentError` with reason `invalid-output`.
   */
  stream(path: string, request?: HttpStreamRequest): AsyncIterable<StreamItem>;
}

/** The methods of the port that perform one request. */
export const HTTP_PORT_METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;
export type HttpPortMethod = (typeof HTTP_PORT_METHODS)[number];

/** A program that is started for one attempt. It gets this environment, and where programs and files are. */
export interface Program {
  command: string;
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
}

/** A program that runs, with which one speaks in lines. */
export interface RunningProgram {
  /** `TransientError` when it has ended. */
  send(line: string): Promise<void>;
  /** What it says on its standard output; ends with the program. */
  lines(): AsyncIterable<string>;
  /** What it said last on its standard error. */
  said(): string;
  /** Ends it, with everything that it started. */
  close(): Promise<void>;
}

/** Starts programs beside the host. */
export interface ProgramsPort {
  /**
   * Waits for a place among the host's processes. `PermanentError` with status 403 where the operator allows
   * none, `TransientError` when there is no place in time. A program does not outlive its attempt.
   */
  start(program: Program): Promise<RunningProgram>;
}

/** Access to the artifact store of the run's workspace. */
export interface FilesPort {
  /** The bytes of an artifact. `PermanentError` with status 404 when it does not exist. */
  read(ref: Pick<ArtifactRef, '$artifact'>): Promise<Uint8Array>;
  /**
   * Stores bytes and gives the reference to put into an output. `PermanentError` with status 413 above 20
   * MiB.
   */
  write(bytes: Uint8Array, as: { mediaType: string; name?: string }): Promise<ArtifactRef>;
}

/** Runs SQL in the plugin's own schema. */
export interface DatabaseSession {
  /**
   * `$1`-style parameters; the rows as node-postgres gives them (numeric and bigint as text, dates as `YYYY-
   * MM-DD` text).
   */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** The plugin's own PostgreSQL schema. Nothing else of the database can be read or written through it. */
export interface DatabasePort extends DatabaseSession {
  /**
   * One transaction: committed when `work` resolves, rolled back when it rejects. Repeated (at most 3 times)
   * when PostgreSQL ends it with a serialization failure or a deadlock, so `work` must have no effect besides
   * its SQL.
   */
  transaction<T>(work: (session: DatabaseSession) => Promise<T>): Promise<T>;
}

/** Structured log of the plugin; the host adds connection, capability, run and trace, and redacts secrets. */
export interface LogPort {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
