import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

describe('tutti retry --plan', () => {
  const cli = CliHarness.forSuite();
  const PATH = 'GET /v1/runs/r1/retry-preview';
  const none = { count: 0, items: [] };
  const call = {
    task: '/do/0/pay',
    name: 'pay',
    position: '/do/0/pay',
    capability: 'erp.pay',
    effect: 'write',
  };
  const plan = {
    from: { task: '/do/1/tell', name: 'tell', position: '/do/1/tell' },
    kept: { count: 3, items: [{ ...call, connection: 'erp', receipt: true }] },
    firstTurn: {
      status: 'running',
      tasks: none,
      calls: { count: 1, items: [{ ...call, connection: 'erp', underWay: true }] },
      reviews: { count: 1, items: [{ task: '/x', position: '/x', title: 'Paid?', because: 'low' }] },
      events: 0,
      error: null,
    },
    repeated: none,
    possible: {
      count: 1,
      items: [{ task: '/do/2/end', name: 'end', type: 'set', capability: null, effect: null }],
    },
  };

  it('says what is kept, called and asked, and starts nothing', async () => {
    cli.replies = { [PATH]: { body: { runId: 'r1', refused: null, plan } } };
    const { exitCode, out } = await cli.run(['retry', 'r1', '--from', '/do/1/tell', '--plan']);
    expect(exitCode).toBe(EXIT.ok);
    expect(cli.seen.map(({ method, url }) => [method, url])).toEqual([
      ['GET', '/v1/runs/r1/retry-preview?from=%2Fdo%2F1%2Ftell'],
    ]);
    expect(out.split('\n')).toEqual([
      'a retry begins at /do/1/tell',
      'kept, not called again: 3',
      '  /do/0/pay  erp.pay over erp (write), has a receipt',
      '  and 2 more',
      'called at once: 1',
      '  /do/0/pay  erp.pay over erp (write), was under way: same key',
      'asked at once: 1',
      '  Paid? (low)',
      'may run after that, as data and answers decide: 1',
      '  /do/2/end  set',
      '',
    ]);
  });

  it('says why it is refused, and fails', async () => {
    cli.replies = { [PATH]: { body: { runId: 'r1', refused: 'The run never came there.', plan: null } } };
    const { exitCode, out } = await cli.run(['retry', 'r1', '--plan']);
    expect(exitCode).toBe(EXIT.failed);
    expect(out).toBe('r1 cannot be retried: The run never came there.\n');
  });
});
