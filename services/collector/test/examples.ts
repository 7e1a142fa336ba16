import { randomBytes } from 'node:crypto';

/** Nanoseconds since the epoch as text, `agoMs` before now. */
export function nanosAgo(agoMs: number): string {
  return `${BigInt(Date.now() - agoMs) * 1_000_000n}`;
}

export const hexId = (bytes: number): string => randomBytes(bytes).toString('hex');

/** The example request of the OTLP specification (trace.json), with ids and times of now. */
export function traceExample(
  more: { traceId?: string; spanId?: string; agoMs?: number; attributes?: object[] } = {},
) {
  const agoMs = more.agoMs ?? 5_000;
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'my.service' } }] },
        scopeSpans: [
          {
            scope: {
              name: 'my.library',
              version: '1.0.0',
              attributes: [{ key: 'my.scope.attribute', value: { stringValue: 'some scope attribute' } }],
            },
            spans: [
              {
                traceId: (more.traceId ?? hexId(16)).toUpperCase(),
                spanId: (more.spanId ?? hexId(8)).toUpperCase(),
                parentSpanId: 'EEE19B7EC3C1B173',
                name: "I'm a server span",
                startTimeUnixNano: nanosAgo(agoMs),
                endTimeUnixNano: nanosAgo(agoMs - 1_000),
                kind: 2,
                attributes: more.attributes ?? [
                  { key: 'my.span.attr', value: { stringValue: 'some value' } },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

/** The example of the specification (logs.json), and a GenAI event beside it. */
export function logsExample() {
  const scope = { name: 'my.library', version: '1.0.0' };
  const genAi = (model: string) => [
    { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
    { key: 'gen_ai.provider.name', value: { stringValue: 'anthropic' } },
    { key: 'gen_ai.request.model', value: { stringValue: model } },
  ];
  return {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'log.service' } }] },
        scopeLogs: [
          {
            scope,
            logRecords: [
              {
                timeUnixNano: nanosAgo(1_000),
                observedTimeUnixNano: nanosAgo(1_000),
                severityNumber: 10,
                severityText: 'Information',
                traceId: '5B8EFFF798038103D269B633813FC60C',
                spanId: 'EEE19B7EC3C1B174',
                body: { stringValue: 'Example log record' },
                attributes: [
                  { key: 'string.attribute', value: { stringValue: 'some string' } },
                  { key: 'boolean.attribute', value: { boolValue: true } },
                  { key: 'int.attribute', value: { intValue: '10' } },
                  { key: 'double.attribute', value: { doubleValue: 637.704 } },
                  {
                    key: 'array.attribute',
                    value: { arrayValue: { values: [{ stringValue: 'many' }, { stringValue: 'values' }] } },
                  },
                  {
                    key: 'map.attribute',
                    value: {
                      kvlistValue: {
                        values: [{ key: 'some.map.key', value: { stringValue: 'some value' } }],
                      },
                    },
                  },
                ],
              },
              {
                eventName: 'gen_ai.client.inference.operation.details',
                attributes: genAi('claude-sonnet-4'),
              },
              {
                attributes: [
                  ...genAi('claude-opus-4'),
                  { key: 'event.name', value: { stringValue: 'gen_ai.choice' } },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

/** The example of the specification (metrics.json), and a GenAI histogram beside it. */
export function metricsExample() {
  const time = { startTimeUnixNano: nanosAgo(2_000), timeUnixNano: nanosAgo(1_000) };
  const attributes = [{ key: 'my.attr', value: { stringValue: 'some value' } }];
  const quantiles = [{ quantile: 0.5, value: 1 }];
  return {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'metric.service' } }] },
        scopeMetrics: [
          {
            scope: { name: 'my.library', version: '1.0.0' },
            metrics: [
              {
                name: 'my.counter',
                unit: '1',
                sum: {
                  aggregationTemporality: 1,
                  isMonotonic: true,
                  dataPoints: [{ asDouble: 5, ...time, attributes }],
                },
              },
              { name: 'my.gauge', unit: '1', gauge: { dataPoints: [{ asDouble: 10, ...time, attributes }] } },
              {
                name: 'my.summary',
                summary: {
                  dataPoints: [{ count: 2, sum: 2, quantileValues: quantiles, ...time, attributes }],
                },
              },
              {
                name: 'my.exponential',
                exponentialHistogram: {
                  aggregationTemporality: 1,
                  dataPoints: [
                    {
                      count: 3,
                      sum: 10,
                      scale: 0,
                      zeroCount: 1,
                      positive: { offset: 1, bucketCounts: [0, 2] },
                      ...time,
                      attributes,
                    },
                  ],
                },
              },
              {
                name: 'gen_ai.client.token.usage',
                unit: '{token}',
                histogram: {
                  aggregationTemporality: 1,
                  dataPoints: ['input', 'output'].map((type) => ({
                    count: 2,
                    sum: 2,
                    bucketCounts: [1, 1],
                    explicitBounds: [1],
                    min: 0,
                    max: 2,
                    ...time,
                    attributes: [
                      { key: 'gen_ai.system', value: { stringValue: 'vertex_ai' } },
                      { key: 'gen_ai.request.model', value: { stringValue: 'gemini-2.5-pro' } },
                      { key: 'gen_ai.token.type', value: { stringValue: type } },
                    ],
                  })),
                },
              },
            ],
          },
        ],
      },
    ],
  };
}
