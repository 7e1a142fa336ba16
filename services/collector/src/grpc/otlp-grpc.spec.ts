import { describeShared } from '@tutti/testing';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { hexId, logsExample, metricsExample, traceExample } from '../../test/examples.js';
import { startCollector, type TestCollector } from '../../test/collector-under-test.js';
import {
  decodeRetryInfo,
  decodeStatus,
  encode,
  LOGS_REQUEST,
  METRICS_REQUEST,
  TRACE_REQUEST,
} from '../../test/otlp-protos.js';
import { IngestUnavailable } from '../ingest/ingest.types.js';

const SERVICES = { trace: TRACE_REQUEST, metrics: METRICS_REQUEST, logs: LOGS_REQUEST };
type Signal = keyof typeof SERVICES;
const NAMES = { trace: 'TraceService', metrics: 'MetricsService', logs: 'LogsService' };
const same = (bytes: Buffer) => bytes;

describeShared(['conformance', 'otlp'], 'OTLP over gRPC', () => {
  let collector: TestCollector;
  let client: Client;
  beforeAll(async () => {
    collector = await startCollector({ requestBytesMax: 100_000, token: 'open-sesame' });
    client = new Client(collector.grpcAddress, credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    await collector.stop();
  });

  function call(signal: Signal, body: Buffer, authorization = 'Bearer open-sesame'): Promise<Buffer> {
    const metadata = new Metadata();
    metadata.set('authorization', authorization);
    const path = `/opentelemetry.proto.collector.${signal}.v1.${NAMES[signal]}/Export`;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, same, same, body, metadata, (error, answer) =>
        error ? reject(error) : resolve(answer ?? Buffer.alloc(0)),
      );
    });
  }
  const refusal = (signal: Signal, body: Buffer, authorization?: string): Promise<ServiceError> =>
    call(signal, body, authorization).then(
      () => Promise.reject(new Error('It was accepted.')),
      (error: ServiceError) => error,
    );

  /** The ids of the example as bytes. */
  function traceBytes(traceId: string): Buffer {
    const example = traceExample();
    Object.assign(example.resourceSpans[0]?.scopeSpans[0]?.spans[0] as object, {
      traceId: Buffer.from(traceId, 'hex'),
      spanId: Buffer.from(hexId(8), 'hex'),
      parentSpanId: undefined,
    });
    return encode(TRACE_REQUEST, example);
  }

  it('takes traces, metrics and logs, and acknowledges after the commit', async () => {
    const traceId = hexId(16);
    expect(await call('trace', traceBytes(traceId))).toHaveLength(0);
    expect(await collector.rows('SELECT name FROM spans WHERE trace_id = $1::uuid', [traceId])).toEqual([
      { name: "I'm a server span" },
    ]);
    const logs = logsExample();
    for (const record of logs.resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [])
      Object.assign(record, { traceId: undefined, spanId: undefined });
    expect(await call('logs', encode(LOGS_REQUEST, logs))).toHaveLength(0);
    expect(await call('metrics', encode(METRICS_REQUEST, metricsExample()))).toHaveLength(0);
    expect(
      await collector.rows(
        "SELECT name, value::int FROM telemetry_counters WHERE name LIKE '%s.accepted' ORDER BY name",
      ),
    ).toEqual([
      { name: 'data_points.accepted', value: 6 },
      { name: 'log_records.accepted', value: 3 },
      { name: 'spans.accepted', value: 1 },
    ]);
  });

  it('answers INVALID_ARGUMENT to bytes that it cannot decode', async () => {
    expect(await refusal('trace', Buffer.from([0x0a, 0x7f, 0x00]))).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
  });

  it('answers UNAUTHENTICATED without the right token', async () => {
    expect(await refusal('trace', Buffer.alloc(0), 'Bearer wrong')).toMatchObject({
      code: status.UNAUTHENTICATED,
    });
  });

  it('refuses a request over the limit for good', async () => {
    const error = await refusal('trace', Buffer.alloc(150_000));
    expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(error.metadata.get('grpc-status-details-bin')).toEqual([]);
  });

  it.each([
    ['overloaded', status.RESOURCE_EXHAUSTED],
    ['unavailable', status.UNAVAILABLE],
  ] as const)('tells the sender when to come again while it is %s', async (reason, code) => {
    const ingest = collector.ingest;
    const original = ingest.ingest.bind(ingest);
    ingest.ingest = () => Promise.reject(new IngestUnavailable(reason, 1_500, 'Come again.'));
    try {
      const error = await refusal('trace', traceBytes(hexId(16)));
      expect(error.code).toBe(code);
      const details = decodeStatus(error.metadata.get('grpc-status-details-bin')[0] as Buffer).details;
      expect(decodeRetryInfo(details?.[0]?.value as Uint8Array)).toEqual({
        retry_delay: { seconds: 1, nanos: 500_000_000 },
      });
    } finally {
      ingest.ingest = original;
    }
  });
});
