import { awsSignatureHeaders, type SignedRequest } from './aws-signature.js';

const SIGN = {
  kind: 'aws-sig-v4' as const,
  region: 'us-east-1',
  service: 'service',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7' +
  'mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d' +
  '+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
const AT = new Date('2015-08-30T12:36:00Z');

const plain: SignedRequest = {
  method: 'GET',
  host: 'example.amazonaws.com',
  path: '/',
  query: new URLSearchParams(),
  headers: {},
  body: null,
};

// The signatures are those of AWS's own suite (awslabs/aws-c-auth, tests/aws-signing-test-suite/v4).
it.each<[string, Partial<SignedRequest>, string]>([
  ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'post-x-www-form-urlencoded',
    {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': '13',
        'x-amz-content-sha256': '9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e',
      },
      body: 'Param1=value1',
    },
    'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
  ],
  [
    'get-vanilla-query-order-encoded',
    { query: new URLSearchParams('Param-3=Value3&Param=Value2&%E1%88%B4=Value1') },
    '371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac',
  ],
  [
    'get-header-value-trim',
    { headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  [
    'get-space-normalized',
    { path: '/example space/' },
    '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  ],
  ['get-utf8', { path: '/ሴ' }, '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85'],
])('signs as AWS says: %s', (_, request, signature) => {
  const { authorization } = awsSignatureHeaders(SIGN, { ...plain, ...request }, AT);
  expect(authorization).toMatch(new RegExp(`, Signature=${signature}$`));
});

it('signs with the token of a session: post-sts-header-before', () => {
  const signed = awsSignatureHeaders({ ...SIGN, sessionToken: TOKEN }, { ...plain, method: 'POST' }, AT);
  expect(signed).toEqual({
    'x-amz-date': '20150830T123600Z',
    'x-amz-security-token': TOKEN,
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
      'SignedHeaders=host;x-amz-date;x-amz-security-token, ' +
      'Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  });
});

it('takes the path of S3 as it is sent, and tells S3 the hash of the body', () => {
  const request = { ...plain, path: '/a%20b' };
  const [s3, other] = ['s3', 'service'].map((service) =>
    awsSignatureHeaders({ ...SIGN, service }, request, AT),
  );
  expect(s3).toHaveProperty('x-amz-content-sha256');
  expect(other).not.toHaveProperty('x-amz-content-sha256');
});
