import type { Graph, GraphEdge } from './graph';

/** A fork with more branches is drawn as one node until somebody opens it. */
const WIDE_BRANCHES_MIN = 7;

/** The branches of a wide fork as one node. */
export interface WideFork {
  /** Id of the node that stands for them: the pointer of the list of branches. */
  id: string;
  fork: string;
  branches: number;
}

/** The forks of a graph that are wider than one can read; inner ones of such a fork are not listed. */
export function wideForks({ nodes }: Graph): WideFork[] {
  const wide: WideFork[] = [];
  for (const { id: fork, type } of nodes) {
    if (type !== 'fork' || wide.some(({ id }) => fork.startsWith(`${id}/`))) continue;
    const id = `${fork}/fork/branches`;
    const branches = nodes.filter(
      (node) => /^\/\d+\/[^/]+$/.test(node.id.slice(id.length)) && node.id.startsWith(id),
    );
    if (branches.length >= WIDE_BRANCHES_MIN) wide.push({ id, fork, branches: branches.length });
  }
  return wide;
}

/** The graph with each wide fork's branches as one node. */
export function collapseForks(graph: Graph, wide: readonly WideFork[]): Graph {
  if (wide.length === 0) return graph;
  const insideOf = (id: string): WideFork | undefined => wide.find((each) => id.startsWith(`${each.id}/`));
  const shown = new Set<string>();
  const nodes = graph.nodes.flatMap((node) => {
    const fork = insideOf(node.id);
    if (fork === undefined) return [node];
    if (shown.has(fork.id)) return [];
    shown.add(fork.id);
    const name = `${fork.branches} branches`;
    return [{ id: fork.id, kind: 'task' as const, type: 'branches', name, detail: 'open to see each' }];
  });
  const edges = new Map<string, GraphEdge>();
  for (const edge of graph.edges) {
    const [from, to] = [insideOf(edge.from)?.id ?? edge.from, insideOf(edge.to)?.id ?? edge.to];
    if (from === to && from !== edge.from) continue;
    const moved = from !== edge.from || to !== edge.to;
    const key = `${from} ${to}`;
    if (!edges.has(key)) edges.set(key, moved ? { ...edge, from, to, label: null } : edge);
  }
  return { nodes, edges: [...edges.values()] };
}
