import { createHmac } from 'node:crypto';
import type { HookSignature, HookVerification } from './trigger.js';
import { refusalOf, type VerifiedRequest } from './hook-signature.js';

const hmac = (more: Partial<HookSignature>): HookSignature => ({
  scheme: 'hmac',
  header: 'x-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  secret: 'secret',
  ...more,
});

const URL_OF_HOOK = 'https://hub/v1/hooks/a';

/** The examples that their makers publish, each with when it was signed. */
const GITHUB = {
  verify: hmac({ header: 'X-Hub-Signature-256', prefix: 'sha256=' }),
  secret: "It's a Secret to Everybody",
  body: 'Hello, World!',
  headers: {
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  },
  seconds: 0,
};
const SLACK = {
  verify: hmac({
    header: 'X-Slack-Signature',
    prefix: 'v0=',
    signed: 'v0:{timestamp}:{body}',
    timestamp: { header: 'X-Slack-Request-Timestamp' },
  }),
  secret: '8f742231b10e8888abcd99yyyzzz85a5',
  body:
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
    '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
    '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
    '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  headers: {
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    'x-slack-request-timestamp': '1531420618',
  },
  seconds: 1531420618,
};
/** Of two signatures, as while a secret is changed, the second is ours. */
const STANDARD_WEBHOOKS = {
  verify: hmac({
    header: 'webhook-signature',
    encoding: 'base64',
    prefix: 'v1,',
    secretPrefix: 'whsec_',
    secretEncoding: 'base64',
    signed: '{header:webhook-id}.{timestamp}.{body}',
    timestamp: { header: 'webhook-timestamp' },
  }),
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  body: '{"test": 2432232314}',
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature':
      'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  seconds: 1614265330,
};
/** Stripe puts the time into the header of the signature; its scheme, with a signature of our own. */
const STRIPE = {
  verify: hmac({
    header: 'Stripe-Signature',
    prefix: 'v1=',
    signed: '{timestamp}.{body}',
    timestamp: { prefix: 't=' },
  }),
  secret: 'whsec_test',
  body: '{"id":"evt_1"}',
  headers: {
    'stripe-signature': `t=1700000000,v1=${createHmac('sha256', 'whsec_test').update('1700000000.{"id":"evt_1"}').digest('hex')},v0=aa`,
  },
  seconds: 1700000000,
};

/** Zendesk writes the time in ISO 8601; its scheme, with a signature of our own. */
const ZENDESK = {
  verify: hmac({
    header: 'X-Zendesk-Webhook-Signature',
    encoding: 'base64',
    signed: '{timestamp}{body}',
    timestamp: { header: 'X-Zendesk-Webhook-Signature-Timestamp' },
  }),
  secret: 'dGhpcyBpcyBub3QgcmVhbA==',
  body: '{"id":"evt_1"}',
  headers: {
    'x-zendesk-webhook-signature': createHmac('sha256', 'dGhpcyBpcyBub3QgcmVhbA==')
      .update('2023-11-14T22:13:20Z{"id":"evt_1"}')
      .digest('base64'),
    'x-zendesk-webhook-signature-timestamp': '2023-11-14T22:13:20Z',
  },
  seconds: 1700000000,
};
/** HubSpot signs method and address, and counts in milliseconds; its scheme, with a signature of our own. */
const HUBSPOT = {
  verify: hmac({
    header: 'x-hubspot-signature-v3',
    encoding: 'base64',
    signed: '{method}{url}{body}{timestamp}',
    timestamp: { header: 'x-hubspot-request-timestamp' },
  }),
  secret: 'client-secret',
  body: '[{"eventId":1}]',
  headers: {
    'x-hubspot-request-timestamp': '1700000000000',
    'x-hubspot-signature-v3': createHmac('sha256', 'client-secret')
      .update(`POST${URL_OF_HOOK}[{"eventId":1}]1700000000000`)
      .digest('base64'),
  },
  seconds: 1700000000,
};

interface Example {
  verify: HookVerification;
  secret: string;
  body: string;
  headers: Record<string, string>;
  seconds: number;
}

function refusal({ verify, secret, body, headers, seconds }: Example, more: Partial<VerifiedRequest> = {}) {
  const request = {
    method: 'POST',
    url: URL_OF_HOOK,
    headers,
    body: Buffer.from(body),
    ...more,
  };
  return refusalOf(verify, request, { settings: { secret, user: 'ann' }, nowMs: seconds * 1_000 });
}

describe.each([
  ['GitHub', GITHUB],
  ['Slack', SLACK],
  ['Standard Webhooks', STANDARD_WEBHOOKS],
  ['Stripe', STRIPE],
  ['Zendesk', ZENDESK],
  ['HubSpot', HUBSPOT],
])('a signature of %s', (_name, example: Example) => {
  it('fits the request that it was made for', () => {
    expect(refusal(example)).toBeNull();
  });

  it('fits no other body, secret or signature, and is missed', () => {
    expect(refusal({ ...example, body: `${example.body} ` })).toContain('does not fit');
    expect(refusal({ ...example, secret: `${example.secret.slice(0, -4)}AAAA` })).toContain('does not fit');
    const { header } = example.verify as HookSignature;
    const name = header.toLowerCase();
    const changed = example.headers[name]?.replaceAll(/[0-9]/g, '0') ?? '';
    expect(refusal({ ...example, headers: { ...example.headers, [name]: changed } })).not.toBeNull();
    expect(refusal({ ...example, headers: {} })).toContain('has no header');
  });

  it('is nothing without a secret', () => {
    expect(refusal({ ...example, secret: '' })).toContain('has no "secret"');
  });
});

it.each([
  ['Slack', SLACK],
  ['Standard Webhooks', STANDARD_WEBHOOKS],
  ['Stripe', STRIPE],
  ['HubSpot', HUBSPOT],
])('a signature of %s that is sent again later is refused', (_name, example: Example) => {
  expect(refusal({ ...example, seconds: example.seconds + 299 })).toBeNull();
  expect(refusal({ ...example, seconds: example.seconds + 301 })).toContain('too old');
  expect(refusal({ ...example, seconds: example.seconds - 301 })).toContain('too old');
});

it('takes in method and address where they are signed', () => {
  const signed = createHmac('sha256', 'k').update('POSThttps://hub/v1/hooks/a{}').digest('base64');
  const example = {
    verify: hmac({ encoding: 'base64', signed: '{method}{url}{body}' }),
    secret: 'k',
    body: '{}',
    headers: { 'x-signature': signed },
    seconds: 0,
  };
  expect(refusal(example)).toBeNull();
  expect(refusal(example, { url: 'https://other/v1/hooks/a' })).toContain('does not fit');
});

it('compares bytes, not text', () => {
  const body = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
  const headers = { 'x-signature': createHmac('sha256', 'k').update(body).digest('hex') };
  const example = { verify: hmac({}), secret: 'k', body: '', headers, seconds: 0 };
  expect(refusal(example, { body })).toBeNull();
  expect(refusal(example, { body: Buffer.from(body.toString('utf8')) })).toContain('does not fit');
});

it('takes a token in a header, and a user with a password', () => {
  const token = { scheme: 'token', header: 'Authorization', prefix: 'Bearer ', secret: 'secret' } as const;
  const of = (verify: HookVerification, authorization: string) =>
    refusal({ verify, secret: 's3', body: '', headers: { authorization }, seconds: 0 });
  expect(of(token, 'Bearer s3')).toBeNull();
  expect(of(token, 'Bearer s4')).toContain('is not the one');
  expect(of(token, 's3')).toContain('is not the one');
  const basic = { scheme: 'basic', user: 'user', password: 'secret' } as const;
  expect(of(basic, `Basic ${Buffer.from('ann:s3').toString('base64')}`)).toBeNull();
  expect(of(basic, `Basic ${Buffer.from('bob:s3').toString('base64')}`)).toContain('not those');
});
