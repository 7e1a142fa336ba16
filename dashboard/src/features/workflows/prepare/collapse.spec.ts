import { collapseForks, wideForks } from './collapse';
import { graphOf } from './graph';

const branches = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    [`b${index}`]: { do: [{ work: { set: { x: index } } }] },
  }));
const forkOf = (count: number) => ({
  do: [{ wide: { fork: { branches: branches(count) } } }, { after: { set: { y: 1 } } }],
});

describe('a wide fork', () => {
  it('is one node between the fork and what follows', () => {
    const graph = graphOf(forkOf(12));
    const wide = wideForks(graph);
    expect(wide).toEqual([{ id: '/do/0/wide/fork/branches', fork: '/do/0/wide', branches: 12 }]);
    const collapsed = collapseForks(graph, wide);
    expect(collapsed.nodes.map(({ name }) => name)).toEqual(['Start', 'wide', '12 branches', 'after', 'End']);
    expect(collapsed.edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'start /do/0/wide',
      '/do/0/wide /do/0/wide/fork/branches',
      '/do/0/wide/fork/branches /do/1/after',
      '/do/1/after end',
    ]);
  });

  it('is left as it is when one can read it', () => {
    const graph = graphOf(forkOf(3));
    expect(wideForks(graph)).toEqual([]);
    expect(collapseForks(graph, [])).toBe(graph);
  });
});
