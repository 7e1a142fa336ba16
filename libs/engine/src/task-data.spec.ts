import { describe, expect, test } from '@jest/globals';
import { connection, Driver, failed } from '../test/driver.js';
import { event } from '../test/events.js';
import { RestoreError, taskData } from './index.js';

const dataOf = (driver: Driver, place: string) => taskData(driver.definition, driver.history, { place });

describe('the data of a task', () => {
  const setup = { connections: [connection('crm', ['crm.find'], 'read')] };

  test('has the input after input.from, the context, the output and the run', () => {
    const driver = new Driver(
      `
       - first: { set: { x: 1 }, export: { as: '{ seen: .x }' } }
       - second: { input: { from: '{ y: .x }' }, set: { z: '\${ .y + $context.seen }' } }`,
    ).start({ begin: true });
    const data = dataOf(driver, '/do/1/second');
    expect(data).toMatchObject({ name: 'second', input: { y: 1 }, output: { z: 2 } });
    expect(data.variables).toMatchObject({
      context: { seen: 1 },
      input: { y: 1 },
      output: { z: 2 },
      workflow: { input: { begin: true } },
      task: { name: 'second', reference: '/do/1/second', input: { x: 1 } },
    });
    expect(Object.keys(data.variables)).not.toContain('secrets');
    expect(Object.keys(data.variables)).not.toContain('authorization');
    expect(dataOf(driver, '/do/0/first').variables).toMatchObject({ context: {} });
  });

  test('tells the turns of a loop apart, with their variables', () => {
    const driver = new Driver(`- loop:
        for: { each: color, at: index, in: .colors }
        do:
          - paint: { set: { text: '\${ $color }' } }`).start({ colors: ['red', 'blue'] });
    expect(dataOf(driver, '/do/0/loop[0]/do/0/paint').variables).toMatchObject({ color: 'red', index: 0 });
    expect(dataOf(driver, '/do/0/loop/do/0/paint').variables).toMatchObject({ color: 'blue', index: 1 });
  });

  test('has the event and its number inside a listen, of each event its own', () => {
    const handle = `handle: { set: { text: '\${ $item.color }' } }`;
    const driver = new Driver(
      `- hear: { listen: { to: { any: [], until: 'length == 2' } }, foreach: { do: [ { ${handle} } ] } }`,
    ).start({ order: 7 });
    for (const color of ['red', 'blue'])
      driver.command({ kind: 'event', by: 'test', event: event('painted', { color }) });
    expect(driver.status).toBe('completed');
    for (const [index, color] of ['red', 'blue'].entries()) {
      const data = dataOf(driver, `/do/0/hear[${index}]/foreach/do/0/handle`);
      expect(data).toMatchObject({ name: 'handle', input: { order: 7 }, output: { text: color } });
      expect(data.variables).toMatchObject({ item: { color }, index, workflow: { input: { order: 7 } } });
    }
  });

  test('knows the branch of a fork, and a task that is under way', () => {
    const driver = new Driver(
      `- wide: { fork: { branches: [ { a: { call: crm.find:1@default } }, { b: { input: { from: .q }, call: crm.find:1@default } } ] } }`,
      setup,
    ).start({ q: 7 });
    const data = dataOf(driver, '/do/0/wide/fork/branches/1/b');
    expect(data).toMatchObject({ name: 'b', input: 7 });
    expect(data).not.toHaveProperty('output');
  });

  test('has the error inside a catch', () => {
    const driver = new Driver(
      `- guarded:
        try: [ { find: { call: crm.find:1@default } } ]
        catch: { as: wrong, do: [ { tell: { set: { said: '\${ $wrong.status }' } } } ] }`,
      setup,
    )
      .start()
      .settle(failed('permanent', { status: 422 }));
    const data = dataOf(driver, '/do/0/guarded/catch/do/0/tell');
    expect(data.variables).toMatchObject({ wrong: { status: 422 } });
    expect(data.output).toEqual({ said: 422 });
  });

  test('shows the input before an input.from that failed, and refuses a task that was never reached', () => {
    const driver = new Driver(`- bad: { input: { from: '.x | error' }, set: { a: 1 } }`).start({ x: 'no' });
    expect(dataOf(driver, '/do/0/bad')).toMatchObject({ input: { x: 'no' } });
    expect(() => dataOf(driver, '/do/9/none')).toThrow(RestoreError);
  });
});
