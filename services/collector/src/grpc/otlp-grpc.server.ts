import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import type { CollectorConfig } from '../collector.config.js';
import { IngestUnavailable } from '../ingest/ingest.types.js';
import { maySend } from '../intake/bearer-token.js';
import type { TelemetryIntake } from '../intake/otlp-intake.js';
import { encodeStatus, encodeSuccess, type Signal } from '../otlp/answers.js';
import { MalformedRequest } from '../otlp/wire-reader.js';

const SERVICES: Record<Signal, string> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
};
const RETRY_AFTER_MS = 1_000;
/** How long calls under way may take to end when the server closes. */
const CLOSE_WITHIN_MS = 5_000;

type Call = ServerUnaryCall<Buffer, Buffer>;

/** Receives OTLP over gRPC. The handlers get the raw bytes, so that one decoder serves both transports. */
export class OtlpGrpcServer {
  readonly #logger = new Logger(OtlpGrpcServer.name);
  readonly #server: Server;

  constructor(
    private readonly intake: TelemetryIntake,
    private readonly config: CollectorConfig,
  ) {
    // The library holds the limit before and after decompression and answers RESOURCE_EXHAUSTED itself.
    this.#server = new Server({ 'grpc.max_receive_message_length': config.requestBytesMax });
    for (const signal of Object.keys(SERVICES) as Signal[]) {
      const handler: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
        void this.#export(signal, call, callback);
      };
      this.#server.addService(definitionOf(signal), { Export: handler });
    }
  }

  /** Listens, and returns the port. */
  listen(): Promise<number> {
    const { host, grpcPort } = this.config;
    const address = host.includes(':') ? `[${host}]:${grpcPort}` : `${host}:${grpcPort}`;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  }

  /** Answers what is under way, then ends. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const force = setTimeout(() => {
        this.#server.forceShutdown();
        resolve();
      }, CLOSE_WITHIN_MS);
      this.#server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }

  async #export(signal: Signal, call: Call, callback: sendUnaryData<Buffer>): Promise<void> {
    try {
      const header = call.metadata.get('authorization')[0];
      if (!maySend(header?.toString(), this.config.token)) {
        callback(
          refusal(status.UNAUTHENTICATED, 'A valid token is required: send "authorization: Bearer <token>".'),
        );
        return;
      }
      callback(
        null,
        encodeSuccess('protobuf', signal, await this.intake.accept(signal, 'protobuf', call.request)),
      );
    } catch (error) {
      callback(this.#refusalOf(error));
    }
  }

  #refusalOf(error: unknown): Partial<ServiceError> {
    if (error instanceof MalformedRequest) return refusal(status.INVALID_ARGUMENT, error.message);
    if (error instanceof IngestUnavailable) {
      return refusal(
        error.reason === 'overloaded' ? status.RESOURCE_EXHAUSTED : status.UNAVAILABLE,
        error.message,
        error.retryAfterMs,
      );
    }
    this.#logger.error(`An OTLP call failed: ${(error as Error).stack ?? String(error)}`);
    return refusal(
      status.UNAVAILABLE,
      'The collector cannot take this now; send it again later.',
      RETRY_AFTER_MS,
    );
  }
}

function definitionOf(signal: Signal): ServiceDefinition {
  const same = (bytes: Buffer) => bytes;
  return {
    Export: {
      path: `/${SERVICES[signal]}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}

/**
 * An error with google.rpc.Status beside it: clients repeat RESOURCE_EXHAUSTED only when that has RetryInfo.
 */
function refusal(code: status, message: string, retryAfterMs?: number): Partial<ServiceError> {
  const metadata = new Metadata();
  if (retryAfterMs !== undefined)
    metadata.set('grpc-status-details-bin', encodeStatus('protobuf', { code, message, retryAfterMs }));
  return { code, details: message, metadata };
}
