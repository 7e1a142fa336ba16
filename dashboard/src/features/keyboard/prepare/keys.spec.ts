import { keyName, stepKeys } from './keys';

const BINDINGS = ['g r', 'g o', 'j', '/', '?'];

describe('key sequences', () => {
  it('fires a single key at once', () =>
    expect(stepKeys('', 'j', BINDINGS)).toEqual({ typed: '', fires: 'j' }));
  it('waits for the second key of a sequence', () => {
    expect(stepKeys('', 'g', BINDINGS)).toEqual({ typed: 'g', fires: undefined });
    expect(stepKeys('g', 'r', BINDINGS)).toEqual({ typed: '', fires: 'g r' });
  });
  it('starts over with a key that continues nothing', () =>
    expect(stepKeys('g', 'j', BINDINGS)).toEqual({ typed: '', fires: 'j' }));
  it('forgets unknown keys', () =>
    expect(stepKeys('g', 'x', BINDINGS)).toEqual({ typed: '', fires: undefined }));
  it('leaves the browser its own shortcuts', () => {
    const press = (key: string, more = {}) =>
      keyName({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
    expect([
      press('r', { ctrlKey: true }),
      press('d', { altKey: true }),
      press('K', { metaKey: true }),
      press('a'),
    ]).toEqual([undefined, undefined, 'mod+k', 'a']);
  });
});
