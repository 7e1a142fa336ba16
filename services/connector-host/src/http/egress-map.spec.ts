import { readEgressMap } from './egress-map.js';

describe('an egress map', () => {
  it('maps origins to origins', () => {
    const text = ' https://Petstore.swagger.io=http://127.0.0.1:8080 , https://a.test:443/=https://b.test/,';
    expect([...readEgressMap(text)]).toEqual([
      ['https://petstore.swagger.io', 'http://127.0.0.1:8080'],
      ['https://a.test', 'https://b.test'],
    ]);
    expect(readEgressMap('').size).toBe(0);
  });

  it.each([
    ['a.test=b.test'],
    ['https://a.test'],
    ['https://a.test='],
    ['https://a.test/path=http://b.test'],
    ['https://a.test=http://u:p@b.test'],
    ['ftp://a.test=http://b.test'],
    ['https://a.test=http://b.test=http://c.test'],
    ['https://a.test=http://b.test,https://a.test=http://c.test'],
  ])('refuses %s', (text) => {
    expect(() => readEgressMap(text)).toThrow(/write https:\/\/api\.example\.com=|is mapped twice/);
  });
});
