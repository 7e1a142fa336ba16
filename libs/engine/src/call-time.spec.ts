import { connection, Driver } from '../test/driver.js';

const http = (more: string) => `- g: { call: http, with: { method: get, endpoint: 'http://x/' }${more} }`;
const pay = (more: string) => `- pay: { call: erp.invoice.pay:1@default, with: {}${more} }`;
const TEN_MINUTES = ', timeout: { after: PT10M }';
const connections = ['a', 'b'].map((name) => connection(name, ['erp.invoice.pay']));

describe('the time of a call', () => {
  test.each([
    [http(''), 30_000],
    [http(', timeout: { after: PT2S }'), 2_000],
    [http(TEN_MINUTES), 600_000],
    [http(', timeout: { after: P1D }'), 3_600_000],
    [pay(''), 60_000],
    [pay(TEN_MINUTES), 600_000],
  ])('is that of its task: %s', (yaml, timeoutMs) => {
    expect(new Driver(yaml, { connections }).start({}).call.timeoutMs).toBe(timeoutMs);
  });

  test('leaves time of the task for the other candidates of a policy', () => {
    const policy =
      '{ apiVersion: tutti/v1, kind: RoutingPolicy, metadata: { name: pay }, spec: { capability: ' +
      'erp.invoice.pay, candidates: [{ connection: a }, { connection: b }] } }';
    const driver = new Driver(pay(TEN_MINUTES), { connections, policies: [policy] }).start({});
    expect(driver.call.timeoutMs).toBe(60_000);
  });
});
