import { Gate, WaitingRoom } from './gate.js';

it('lets so many through at once and the others in order', async () => {
  const gate = new Gate(2, new WaitingRoom(10));
  const order: number[] = [];
  const enter = async (n: number) => {
    expect(await gate.enter()).toBe('entered');
    order.push(n);
  };
  const entering = [1, 2, 3, 4].map(enter);
  await Promise.all(entering.slice(0, 2));
  expect({ order, running: gate.running, waiting: gate.waiting }).toEqual({
    order: [1, 2],
    running: 2,
    waiting: 2,
  });
  gate.leave();
  gate.leave();
  await Promise.all(entering);
  expect({ order, running: gate.running, waiting: gate.waiting }).toEqual({
    order: [1, 2, 3, 4],
    running: 2,
    waiting: 0,
  });
  gate.leave();
  gate.leave();
  expect(gate.running).toBe(0);
});

it('refuses when all gates together have too many waiting', async () => {
  const room = new WaitingRoom(2);
  const [one, other] = [new Gate(1, room), new Gate(1, room)];
  expect([await one.enter(), await other.enter()]).toEqual(['entered', 'entered']);
  const waiting = [one.enter(), other.enter()];
  expect(await one.enter()).toBe('full');
  expect(one.tryEnter()).toBe(false);
  one.leave();
  expect(await waiting[0]).toBe('entered');
  const next = one.enter();
  other.leave();
  one.leave();
  expect(await Promise.all([...waiting, next])).toEqual(['entered', 'entered', 'entered']);
});
