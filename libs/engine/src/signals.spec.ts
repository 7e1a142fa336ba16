import { describe, expect, test } from '@jest/globals';
import type { CloudEvent } from '@tutti/contracts';
import { Driver } from '../test/driver.js';
import { event } from '../test/events.js';
import { RUN_LIMITS } from './limits.js';

describe('a signal', () => {
  const signal = (driver: Driver, one: CloudEvent) =>
    driver.command({ kind: 'event', by: 'ann', event: one, signal: true });
  const later = () =>
    new Driver('- w: { wait: PT1S }\n- l: { listen: { to: { one: { with: { type: go } } } } }').start();

  test('that comes before the run listens waits for it', () => {
    const driver = later();
    signal(driver, event('other'));
    signal(driver, event('go', 1));
    expect(driver.kinds('event.')).toEqual(['event.kept', 'event.kept']);
    driver.after(1000);
    expect(driver.output).toEqual([1]);
  });

  test('is refused by name when too many wait', () => {
    const driver = later();
    for (let n = 0; n <= RUN_LIMITS.signals; n += 1) signal(driver, event('other', n));
    expect(driver.entry('event.refused').because).toContain('signals');
    expect(driver.state?.signals).toHaveLength(RUN_LIMITS.signals);
  });

  test('that a listen takes is not there for the listen that it leads to', () => {
    const inner = '{ m: { listen: { to: { one: { with: { type: a } } } } } }';
    const driver = new Driver(
      `- w: { wait: PT1S }\n- l: { listen: { to: { one: { with: { type: a } } } }, foreach: { do: [ ${inner} ] } }`,
    ).start();
    signal(driver, event('a', 1));
    driver.after(1000);
    expect(driver.status).toBe('waiting');
    signal(driver, event('a', 2));
    expect(driver.output).toEqual([1]);
  });

  test('that waits is given to the next listen that wants it, once', () => {
    const two =
      '- l: { listen: { to: { one: { with: { type: a } } } } }\n- m: { listen: { to: { one: { with: { type: a } } } } }';
    const driver = new Driver(`- w: { wait: PT1S }\n${two}`).start();
    signal(driver, event('a', 1));
    driver.after(1000);
    expect([driver.status, driver.state?.signals]).toEqual(['waiting', undefined]);
    signal(driver, event('a', 2));
    expect(driver.output).toEqual([2]);
  });
});
