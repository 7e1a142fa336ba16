import { PlainHttpCalls } from '../calls/plain-http-call.js';
import { HttpStub } from '../testing/http-stub.js';
import { failed, httpRequest } from '../testing/requests.js';
import { AddressGuard } from './address-guard.js';
import { OriginPools } from './origin-pools.js';

let stub: HttpStub;
beforeAll(async () => {
  stub = await HttpStub.start();
});
afterAll(() => stub.stop());

async function callWith(blockPrivateAddresses: boolean, uri: string) {
  const pools = new OriginPools(new AddressGuard({ blockPrivateAddresses }));
  const database = { query: () => Promise.reject(new Error('not used')) } as never;
  const calls = new PlainHttpCalls({ pools, spans: { write: () => undefined }, database });
  const { fate, error } = failed(await calls.perform(httpRequest({ uri })));
  await pools.close();
  return { fate, status: error.status, detail: error.detail };
}

const REFUSED = { fate: 'permanent', status: 403 };

it.each([
  '169.254.169.254',
  '2852039166',
  '0xA9FEA9FE',
  '[fe80::1]',
  '[::ffff:169.254.169.254]',
  '[fd00:ec2::254]',
])('the link-local address %s is refused always', async (host) => {
  expect(await callWith(false, `http://${host}/`)).toMatchObject(REFUSED);
});

it.each([
  '127.0.0.1',
  'localhost',
  '10.1.2.3',
  '172.20.0.1',
  '192.168.1.1',
  '[::1]',
  '[::ffff:10.0.0.1]',
  '0.0.0.0',
])('the private address %s is refused when configured, a name after its resolution', async (host) => {
  const port = stub.host.split(':')[1];
  expect(await callWith(true, `http://${host}:${port}/`)).toMatchObject(REFUSED);
  expect(stub.seen).toHaveLength(0);
});

it('the refusal says which rule it was', async () => {
  expect((await callWith(false, 'http://169.254.169.254/')).detail).toContain(
    'where machines keep their credentials',
  );
  expect((await callWith(true, 'http://10.0.0.1/')).detail).toContain('TUTTI_BLOCK_PRIVATE_ADDRESSES');
});
