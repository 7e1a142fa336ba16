import { Graph as Dagre, layout } from '@dagrejs/dagre';
import type { Graph, GraphNode } from './graph';

export const TASK_WIDTH = 216;
export const TASK_HEIGHT = 48;
const GROUP_HEIGHT = 32;
const DOT = 28;

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function sizeOf({ kind }: Pick<GraphNode, 'kind'>): { width: number; height: number } {
  if (kind === 'start' || kind === 'end') return { width: 64, height: DOT };
  return {
    width: kind === 'group' ? 172 : TASK_WIDTH,
    height: kind === 'group' ? GROUP_HEIGHT : TASK_HEIGHT,
  };
}

/**
 * Places from top to bottom; the upper left corner of each node. The same graph always gets the same places.
 */
export function placesOf(graph: Graph): Map<string, Place> {
  const dagre = new Dagre();
  dagre.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 34, edgesep: 16, marginx: 8, marginy: 8 });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) dagre.setNode(node.id, sizeOf(node));
  for (const { from, to, back, label } of graph.edges) {
    // A loop's way back is turned round for the layout, so that it does not push the loop's head down.
    if (back) dagre.setEdge(to, from, {});
    else
      dagre.setEdge(from, to, label === null ? {} : { width: label.length * 6, height: 12, labelpos: 'c' });
  }
  layout(dagre);
  return new Map(
    graph.nodes.map((node) => {
      const { x, y } = dagre.node(node.id) as { x: number; y: number };
      const size = sizeOf(node);
      return [node.id, { x: x - size.width / 2, y: y - size.height / 2, ...size }];
    }),
  );
}

const READABLE_ZOOM = 0.72;
const MARGIN = 12;

/**
 * Where to look when the whole graph would be too small to read: the full width at a readable size, with the
 * task in focus in the middle, else the top. Undefined when all of it fits.
 */
export function viewOf(
  bounds: Place,
  panel: { width: number; height: number },
  focus: { x: number; y: number } | undefined,
): { x: number; y: number; zoom: number } | undefined {
  const fits = Math.min(
    1,
    (panel.width - 2 * MARGIN) / bounds.width,
    (panel.height - 2 * MARGIN) / bounds.height,
  );
  if (fits >= READABLE_ZOOM) return undefined;
  const zoom = READABLE_ZOOM;
  const middle = { x: bounds.x + bounds.width / 2, y: bounds.y };
  const at = focus === undefined ? middle : { x: focus.x + TASK_WIDTH / 2, y: focus.y };
  return {
    x: along({ from: bounds.x * zoom, length: bounds.width * zoom }, panel.width, at.x * zoom),
    y: along({ from: bounds.y * zoom, length: bounds.height * zoom }, panel.height, at.y * zoom),
    zoom,
  };
}

/**
 * The shift of one axis: all of it in the middle when it fits, else the place in question in the middle but
 * nothing beyond the ends.
 */
function along({ from, length }: { from: number; length: number }, panel: number, at: number): number {
  const first = MARGIN - from;
  const last = panel - MARGIN - (from + length);
  if (last >= first) return (panel - length) / 2 - from;
  return Math.min(first, Math.max(last, panel / 2 - at));
}
