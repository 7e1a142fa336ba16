import { PermanentError, withClientToken, type HttpPort } from './index.js';

/** Each test asks with a client of its own: tokens are kept for the process. */
let clients = 0;
const credentials = () => ({
  tokenUrl: 'https://authority.test/token',
  clientId: `client-${(clients += 1)}`,
  clientSecret: 'canary',
  scope: 'all',
});

/** A port that gives tokens that hold for so many seconds, and keeps the tokens that requests carry. */
function port(expiresIn: number | undefined, refuse: (token: string) => boolean = () => false) {
  const carried: string[] = [];
  let tokens = 0;
  const get = (_path: string, request?: { headers?: Record<string, string> }) => {
    const token = request?.headers?.['authorization'] ?? '';
    carried.push(token);
    return refuse(token) ? Promise.reject(new PermanentError('no', { status: 401 })) : Promise.resolve('ok');
  };
  const post = (_path: string, { body }: { body: URLSearchParams }) => {
    expect(Object.fromEntries(body)).toMatchObject({ grant_type: 'client_credentials', scope: 'all' });
    return Promise.resolve({ access_token: `t${(tokens += 1)}`, expires_in: expiresIn });
  };
  return { http: { get, post, put: get, patch: get, delete: get } as unknown as HttpPort, carried };
}

it('a token is shared while it holds', async () => {
  const { http, carried } = port(3_600);
  const one = credentials();
  await withClientToken(http, one).get('/');
  await withClientToken(http, { ...one }).get('/');
  await withClientToken(http, credentials()).get('/');
  expect(carried).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
});

it('one that ends within the minute is renewed before', async () => {
  const { http, carried } = port(59);
  const signed = withClientToken(http, credentials());
  await signed.get('/');
  await signed.get('/');
  expect(carried).toEqual(['Bearer t1', 'Bearer t2']);
});

it('a request that is refused with 401 is repeated once with a new token', async () => {
  const ended = port(undefined, (token) => token === 'Bearer t1');
  expect(await withClientToken(ended.http, credentials()).get('/')).toBe('ok');
  expect(ended.carried).toEqual(['Bearer t1', 'Bearer t2']);
  const never = port(undefined, () => true);
  await expect(withClientToken(never.http, credentials()).get('/')).rejects.toMatchObject({ status: 401 });
  expect(never.carried).toEqual(['Bearer t1', 'Bearer t2']);
});
