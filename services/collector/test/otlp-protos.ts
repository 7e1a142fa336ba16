import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sharedPath } from '@tutti/testing';
import protobuf from 'protobufjs';

/** The published definitions of the protocol. */
const root = sharedPath('conformance', 'otlp');
let definitions: protobuf.Root | undefined;

/**
 * Read at the first use, so that a suite that is skipped for the missing folder does not fail at its import.
 */
function loaded(): protobuf.Root {
  if (definitions !== undefined) return definitions;
  definitions = new protobuf.Root();
  definitions.resolvePath = (_origin, target) => join(root, target.replace(root, ''));
  definitions.loadSync(filesBelow(root).filter((file) => file.endsWith('.proto')));
  return definitions;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Encodes a message of the OTLP protocol by its published definition. */
export function encode(type: string, message: object): Buffer {
  const found = loaded().lookupType(`opentelemetry.proto.collector.${type}`);
  return Buffer.from(found.encode(found.fromObject(message)).finish());
}

/** Decodes an answer by its published definition. */
export function decode(type: string, bytes: Uint8Array): Record<string, unknown> {
  const found = loaded().lookupType(`opentelemetry.proto.collector.${type}`);
  return found.toObject(found.decode(bytes), { longs: Number, defaults: false });
}

/** google.rpc.Status, of which an error's body is made. */
const status = protobuf.parse(
  'syntax = "proto3"; message Any { string type_url = 1; bytes value = 2; }' +
    ' message Status { int32 code = 1; string message = 2; repeated Any details = 3; }' +
    ' message Duration { int64 seconds = 1; int32 nanos = 2; } message RetryInfo { Duration retry_delay = 1; }',
  { keepCase: true },
).root;

export function decodeStatus(bytes: Uint8Array): {
  code: number;
  message: string;
  details?: { type_url: string; value: Uint8Array }[];
} {
  const type = status.lookupType('Status');
  return type.toObject(type.decode(bytes)) as { code: number; message: string };
}

export function decodeRetryInfo(bytes: Uint8Array): unknown {
  const type = status.lookupType('RetryInfo');
  return type.toObject(type.decode(bytes), { longs: Number });
}

export const TRACE_REQUEST = 'trace.v1.ExportTraceServiceRequest';
export const METRICS_REQUEST = 'metrics.v1.ExportMetricsServiceRequest';
export const LOGS_REQUEST = 'logs.v1.ExportLogsServiceRequest';
