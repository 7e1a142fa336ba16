import { graphOf } from './graph';
import { takenEdges, takenPart } from './taken';

describe('the edges that a run took', () => {
  const graph = graphOf({
    do: [
      { s: { switch: [{ a: { when: '.a', then: 'one' } }, { b: { then: 'two' } }] } },
      { one: { set: {} } },
      { two: { set: {} } },
    ],
  });
  const [s, one, two] = ['/do/0/s', '/do/1/one', '/do/2/two'];
  it('are those between tasks that were reached', () => {
    expect([
      ...takenEdges(
        graph,
        new Map([
          [s, 1],
          [two, 2],
          ['end', 3],
        ]),
      ),
    ]).toEqual([`start ${s}`, `${s} ${two}`, `${two} end`]);
  });
  it('leave a switch on one way only, though a later task was reached on the other', () => {
    const taken = takenEdges(
      graph,
      new Map([
        [s, 1],
        [one, 2],
        [two, 3],
      ]),
    );
    expect([taken.has(`${s} ${one}`), taken.has(`${s} ${two}`), taken.has(`${one} ${two}`)]).toEqual([
      true,
      false,
      true,
    ]);
  });
  it('are none before a run began', () => expect(takenEdges(graph, new Map()).size).toBe(0));
  it('do not pass a task by that was not skipped', () => {
    const skippable = graphOf({
      do: [{ pay: { if: '.due', try: [{ transfer: { set: {} } }], catch: {} } }, { done: { set: {} } }],
    });
    const [pay, transfer, done] = ['/do/0/pay', '/do/0/pay/try/0/transfer', '/do/1/done'];
    const taken = (startedMs: [string, number][]) => [...takenEdges(skippable, new Map(startedMs))];
    const ran: [string, number][] = [
      [pay, 1],
      [transfer, 2],
      [done, 3],
    ];
    expect(taken(ran)).not.toContain(`${pay} ${done}`);
    expect(taken(ran)).toContain(`${transfer} ${done}`);
    expect(taken([ran[0]!, ran[2]!])).toContain(`${pay} ${done}`);
  });
  it('are all that is left of a graph that is cut to what the run reached', () => {
    const part = takenPart(
      graph,
      new Map([
        [s, 1],
        [two, 2],
        ['end', 3],
      ]),
    );
    expect(part.nodes.map(({ id }) => id).toSorted()).toEqual([s, two, 'end', 'start'].toSorted());
    expect(part.edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      `start ${s}`,
      `${s} ${two}`,
      `${two} end`,
    ]);
  });
});
