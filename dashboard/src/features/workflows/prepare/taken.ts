import type { Graph } from './graph';

/** A graph with fewer nodes is shown whole: what was not taken explains what was. */
export const WHOLE_NODES_MAX = 12;

/**
 * The edges that a run took, by when its tasks started: an edge between two reached tasks, but out of a
 * switch only the one to the task that started first after it, because a task behind the other case can be
 * reached on another way later.
 */
export function takenEdges({ nodes, edges }: Graph, startedMs: ReadonlyMap<string, number>): Set<string> {
  const types = new Map(nodes.map(({ id, type }) => [id, type]));
  const taken = new Set<string>();
  for (const { from, to, label } of edges) {
    const reached = (from === 'start' ? startedMs.size > 0 : startedMs.has(from)) && startedMs.has(to);
    // A task that was not skipped reaches the one behind it through what is inside.
    const onlyOne = types.get(from) === 'switch' || label === 'skipped';
    if (reached && (!onlyOne || isFirst(from, to))) taken.add(`${from} ${to}`);
  }
  function isFirst(from: string, to: string): boolean {
    const others = edges
      .filter((edge) => edge.from === from)
      .map((edge) => startedMs.get(edge.to))
      .filter((ms) => ms !== undefined);
    return startedMs.get(to) === Math.min(...others);
  }
  return taken;
}

/** The part of the graph that a run went through, since a large one does not fit beside the timeline. */
export function takenPart(graph: Graph, startedMs: ReadonlyMap<string, number>): Graph {
  const taken = takenEdges(graph, startedMs);
  return {
    nodes: graph.nodes.filter(({ id }) => id === 'start' || startedMs.has(id)),
    edges: graph.edges.filter(({ from, to }) => taken.has(`${from} ${to}`)),
  };
}
