import { answerHeaders, apiPath, isForgedWrite, requestHeaders } from './forward';

describe('what passes from the browser to the API', () => {
  it('never passes cookies or an authorization of the browser', () => {
    const headers = requestHeaders(
      new Headers({ cookie: 'tutti_session=x', authorization: 'Bearer stolen', accept: 'application/json' }),
      'real',
    );
    expect(headers.get('cookie')).toBeNull();
    expect(headers.get('authorization')).toBe('Bearer real');
    expect(headers.get('accept')).toBe('application/json');
  });
  it('goes to /v1 only', () => {
    expect(apiPath(['v1', 'runs', 'a b'], '?q=1')).toBe('/v1/runs/a%20b?q=1');
    expect(apiPath(['healthz'], '')).toBeUndefined();
    expect(apiPath(['v1', '..', 'openapi.json'], '')).toBeUndefined();
    expect(apiPath(['v1'], '')).toBeUndefined();
  });
});

describe('the check against forged writes', () => {
  const forged = (method: string, headers: Record<string, string>) =>
    isForgedWrite(method, new Headers(headers));
  it('lets reads pass', () => expect(forged('GET', { 'sec-fetch-site': 'cross-site' })).toBe(false));
  it('lets the dashboard itself write', () => {
    expect(forged('POST', { 'sec-fetch-site': 'same-origin', host: 'h:3000' })).toBe(false);
    expect(forged('POST', { origin: 'http://h:3000', host: 'h:3000' })).toBe(false);
  });
  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    {},
    { origin: 'http://evil.test', host: 'h:3000' },
    { origin: 'null', host: 'h:3000' },
  ])('refuses %j', (headers) => {
    expect(forged('POST', headers as Record<string, string>)).toBe(true);
  });
});

describe('documents', () => {
  const answer = (type: string) =>
    answerHeaders(new Headers({ 'content-type': type, 'set-cookie': 'a=b' }), '/v1/artifacts/1/content');
  it('shows a PDF or a picture in place, without sniffing', () => {
    expect(answer('application/pdf').get('content-disposition')).toBe('inline');
    expect(answer('image/png').get('x-content-type-options')).toBe('nosniff');
    expect(answer('image/png').get('content-security-policy')).toContain('sandbox');
  });
  it.each(['text/html', 'image/svg+xml', 'application/xml', ''])(
    'downloads %s instead of showing it',
    (type) => {
      expect(answer(type).get('content-disposition')).toBe('attachment');
      expect(answer(type).get('content-type')).toBe('application/octet-stream');
    },
  );
  it('never passes cookies of the API on', () => expect(answer('image/png').get('set-cookie')).toBeNull());
});
