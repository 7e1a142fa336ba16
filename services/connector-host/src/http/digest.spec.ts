import { digestAuthorization } from './digest.js';

/** RFC 7616, 3.9.1. */
const RFC7616 = {
  challenge: (algorithm: string) =>
    'Digest realm="http-auth@example.org", qop="auth, auth-int", ' +
    `algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ` +
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  request: { method: 'GET', uri: '/dir/index.html', username: 'Mufasa', password: 'Circle of Life' },
};
const MD5 = '8ca523f5e9506fed4657c9700eebdbec';
const SHA256 = '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1';

describe('the answer to a digest challenge', () => {
  const { challenge, cnonce, request } = RFC7616;

  it('is that of RFC 7616 for MD5', () => {
    expect(digestAuthorization(challenge('MD5'), request, cnonce)).toBe(
      'Digest username="Mufasa", realm="http-auth@example.org", ' +
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", ' +
        `response="${MD5}", algorithm=MD5, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", ` +
        `qop=auth, nc=00000001, cnonce="${cnonce}"`,
    );
  });

  it('takes the best algorithm that is offered, among other schemes', () => {
    const offered = `Basic realm="x", ${challenge('MD5')}, ${challenge('SHA-256')}, Negotiate`;
    expect(digestAuthorization(offered, request, cnonce)).toContain(`response="${SHA256}"`);
    expect(digestAuthorization(`Negotiate, ${challenge('MD5')}`, request, cnonce)).toContain(`"${MD5}"`);
    const unknown = `${challenge('SHA-3')}, ${challenge('MD5')}`;
    expect(digestAuthorization(unknown, request, cnonce)).toContain(`response="${MD5}"`);
  });

  it('is that of RFC 2617, whose challenge names no algorithm', () => {
    const old =
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
      'opaque="5ccc069c403ebaf9f0171e9517f40e41"';
    const circle = { ...request, password: 'Circle Of Life' };
    expect(digestAuthorization(old, circle, '0a4f113b')).toContain(
      'response="6629fae49393a05397450978507c4ef1"',
    );
  });

  it('is that of RFC 2069, whose challenge has no qop', () => {
    const oldest =
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
      'opaque="5ccc069c403ebaf9f0171e9517f40e41"';
    const answer = digestAuthorization(oldest, { ...request, password: 'CircleOfLife' }, 'c');
    // RFC 2069, 2.4, as its erratum 749 corrects it.
    expect(answer).toContain('response="1949323746fe6a43ef61f9606e7febea"');
    expect(answer).not.toMatch(/qop|nc=|cnonce/);
  });

  it('quotes what needs it', () => {
    const odd = { ...request, username: 'a"b\\c' };
    expect(digestAuthorization('Digest realm="x \\"y\\"", nonce="n"', odd, 'c')).toContain(
      'username="a\\"b\\\\c", realm="x \\"y\\"", nonce="n"',
    );
  });

  it.each([
    '',
    'Basic realm="x"',
    'Digest realm="x"',
    challenge('SHA-3'),
    'Digest nonce="n", qop="auth-int"',
    '"',
  ])('is none to %s', (header) => expect(digestAuthorization(header, request, cnonce)).toBeNull());
});
