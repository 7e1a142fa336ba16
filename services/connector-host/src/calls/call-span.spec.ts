import { WORKFLOW_ERROR_BASE } from '@tutti/contracts';
import { capabilityRequest } from '../testing/requests.js';
import { TestHub } from '../testing/test-plugin.js';

const hub = TestHub.use();

describe('the span of a call', () => {
  it('says what was called, for which run and how it ended, with HTTP requests below it', async () => {
    const request = capabilityRequest(
      'util.fetch',
      { path: '/' },
      { policy: { name: 'p', version: '3' }, attempt: 2 },
    );
    await hub.host.host.executor.execute(request);
    const [http, call] = hub.host.spans;
    expect(call).toMatchObject({
      name: 'call util.fetch',
      kind: 'internal',
      status: 'unset',
      traceId: request.trace.traceId,
      parentSpanId: request.trace.spanId,
      attributes: {
        'tutti.capability': 'util.fetch',
        'tutti.connection': 'main',
        'tutti.plugin': 'util-test',
        'tutti.plugin.version': '1.0.0',
        'tutti.call.attempt': 2,
        'tutti.run.id': request.runId,
        'tutti.task.position': '/do/0/call',
        'tutti.policy': 'p',
        'tutti.call.idempotency_key': request.idempotencyKey,
      },
    });
    expect(http).toMatchObject({ name: 'GET', kind: 'client', parentSpanId: call?.spanId });
    expect(call?.startMs).toBeLessThanOrEqual(http?.startMs ?? 0);
  });

  it('tells confidence, usage and errors', async () => {
    await hub.host.call('util.confident', {});
    await hub.host.call('util.do', {});
    await hub.host.call('util.do', {}, { connection: 'gone' });
    expect(
      hub.host.spans.map(({ status, attributes }) => [
        status,
        attributes['tutti.confidence'] ?? attributes['error.type'],
      ]),
    ).toEqual([
      ['unset', 0.25],
      ['error', `${WORKFLOW_ERROR_BASE}validation`],
      ['error', 'rejected'],
    ]);
    expect(hub.host.spans[0]?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 3,
      'tutti.cost.micros': 12,
    });
  });
});
