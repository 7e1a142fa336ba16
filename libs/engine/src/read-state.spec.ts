import { describe, expect, test } from '@jest/globals';
import { Driver } from '../test/driver.js';
import { type RunState, readState, UnreadableState } from './index.js';

const WAITING = `- f: { fork: { branches: [ { a: { wait: PT1H } }, { b: { do: [ { w: { wait: PT1H } } ] } } ] } }`;

describe('the text of a state', () => {
  const text = JSON.stringify(new Driver(WAITING).start().state);

  test('is read as it was written', () => {
    expect(readState(text)).toEqual(JSON.parse(text) as RunState);
  });

  test.each([
    ['is cut off', text.slice(0, -9), /JSON/],
    ['is no object', 'null', /it is no object/],
    ['has another layout', text.replace('"v":1', '"v":2'), /its layout is 2, not 1/],
    ['names no run', text.replace('"run":', '"was":'), /it names no run/],
    ['has a task of an unknown type', text.replace('"type":"wait"', '"type":"warp"'), /unknown type "warp"/],
    ['has a task of no type', text.replace('"type":"wait"', '"t":"wait"'), /unknown type undefined/],
    ['has one that is named like a property of all', text.replace('"wait"', '"toString"'), /"toString"/],
    ['has a task without a name', text.replace('"task":"/do/0/f"', '"task":7'), /a task in it has no name/],
    ['has a fork without branches', text.replace('"branches":', '"b":'), /has no branches/],
    ['has something else in the place of a list', text.replace('"v":1', '"v":1,"followers":7'), /a list/],
  ])('is refused when it %s', (_, spoiled, why) => {
    expect(spoiled).not.toBe(text);
    expect(() => readState(spoiled)).toThrow(UnreadableState);
    expect(() => readState(spoiled)).toThrow(why);
  });
});
