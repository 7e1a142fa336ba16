import { z } from 'zod';

/** Injection token of the collector's configuration. */
export const COLLECTOR_CONFIG = Symbol('COLLECTOR_CONFIG');

/**
 * Where OTLP is received. Open on loopback by default; a receiver that others can reach should have a token.
 */
export const CollectorConfig = z.object({
  host: z.string().default('127.0.0.1'),
  /** OTLP over HTTP; 0 is any free port. */
  httpPort: z.int().min(0).max(65_535).default(4318),
  /** OTLP over gRPC; 0 is any free port. */
  grpcPort: z.int().min(0).max(65_535).default(4317),
  /** When set, senders need `authorization: Bearer <token>`. */
  token: z.string().min(1).optional(),
  /** Bytes of one request, before and after decompression (OTLP recommends 20 MiB). */
  requestBytesMax: z
    .int()
    .min(1)
    .default(20 * 1024 ** 2),
  spanDaysMax: z.int().min(1).default(30),
  spanBytesMax: z
    .number()
    .min(1)
    .default(20 * 1024 ** 3),
});
export type CollectorConfig = z.infer<typeof CollectorConfig>;

/** The configuration out of TUTTI_* variables; the only place of the collector that reads the environment. */
export function collectorConfigFromEnv(env: NodeJS.ProcessEnv): CollectorConfig {
  const number = (name: string) => (env[name] === undefined ? undefined : Number(env[name]));
  return CollectorConfig.parse({
    host: env['TUTTI_OTLP_HOST'],
    httpPort: number('TUTTI_OTLP_PORT'),
    grpcPort: number('TUTTI_OTLP_GRPC_PORT'),
    token: env['TUTTI_OTLP_TOKEN'],
    spanDaysMax: number('TUTTI_SPAN_DAYS_MAX'),
    spanBytesMax: number('TUTTI_SPAN_BYTES_MAX'),
  });
}
