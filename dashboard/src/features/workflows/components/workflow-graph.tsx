'use client';
import { useEffect, useMemo } from 'react';
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import {
  Bell,
  Braces,
  CircleStop,
  Clock3,
  GitFork,
  PhoneCall,
  Layers,
  Repeat,
  RotateCcw,
  Shield,
  Split,
  Square,
  TriangleAlert,
  User,
  type LucideIcon,
} from 'lucide-react';
import { classNames } from '@/ui/class-names';
import { StatusIcon, statusLook, TONES } from '@/ui/status';
import { graphOf, type GraphNode } from '../prepare/graph';
import { takenEdges, takenPart } from '../prepare/taken';
import { collapseForks, type WideFork } from '../prepare/collapse';
import { placesOf, viewOf } from '../prepare/layout';
import type { TaskMark } from '../prepare/task-mark';

interface Data extends Record<string, unknown> {
  node: GraphNode;
  mark: TaskMark | undefined;
  selected: boolean;
  dim: boolean;
}

const ICONS: Record<string, LucideIcon> = {
  call: PhoneCall,
  set: Braces,
  switch: Split,
  try: Shield,
  fork: GitFork,
  for: Repeat,
  do: Square,
  raise: TriangleAlert,
  wait: Clock3,
  emit: Bell,
  listen: Bell,
  branches: Layers,
};

const HIDDEN_HANDLE = '!size-px !min-h-0 !min-w-0 !border-0 !bg-transparent';

function TaskNode({ data }: NodeProps<Node<Data>>) {
  const { node, mark, selected, dim } = data;
  const Icon = node.detail?.startsWith('human.review') === true ? User : (ICONS[node.type] ?? CircleStop);
  const tone = mark === undefined ? undefined : TONES[statusLook(mark.state).tone];
  return (
    <div
      data-chosen={selected}
      className={classNames(
        'flex size-full items-center gap-2 border bg-raised px-2.5 text-left',
        node.kind === 'group' ? 'rounded-full border-dashed' : 'rounded-md',
        selected ? 'border-accent ring-2 ring-accent/30' : 'border-line-strong',
        dim && 'border-line bg-canvas',
      )}
      style={tone === undefined || selected ? undefined : { borderColor: tone.variable }}
    >
      <Handle type="target" position={Position.Top} className={HIDDEN_HANDLE} isConnectable={false} />
      <span
        className={classNames(
          'inline-flex size-6 shrink-0 items-center justify-center rounded-[5px]',
          tone === undefined ? 'text-ink-3' : classNames(tone.soft, tone.text),
        )}
      >
        {mark === undefined ? <Icon size={14} aria-hidden /> : <StatusIcon status={mark.state} />}
      </span>
      <span className="min-w-0 flex-1">
        <span className={classNames('block truncate font-medium', dim && 'text-ink-2')}>{node.name}</span>
        {node.kind === 'task' && (
          <span className="block truncate text-small text-ink-3">
            {mark?.note ?? node.detail ?? node.type}
          </span>
        )}
      </span>
      {mark !== undefined && mark.retries > 0 && (
        <span
          className="inline-flex items-center gap-0.5 rounded-full bg-wait-soft px-1.5 text-small text-wait"
          title={`Tried again ${mark.retries} times`}
        >
          <RotateCcw size={11} aria-hidden />
          {mark.retries}
          <span className="sr-only"> retries</span>
        </span>
      )}
      {mark !== undefined && mark.times > 1 && <span className="text-small text-ink-3">×{mark.times}</span>}
      <Handle type="source" position={Position.Bottom} className={HIDDEN_HANDLE} isConnectable={false} />
    </div>
  );
}

function DotNode({ data }: NodeProps<Node<Data>>) {
  return (
    <div className="flex size-full items-center justify-center rounded-full border border-line-strong bg-canvas text-small text-ink-2">
      <Handle type="target" position={Position.Top} className={HIDDEN_HANDLE} isConnectable={false} />
      {data.node.name}
      <Handle type="source" position={Position.Bottom} className={HIDDEN_HANDLE} isConnectable={false} />
    </div>
  );
}

const NODE_TYPES = { task: TaskNode, dot: DotNode };

interface GraphProps {
  definition: unknown;
  marks?: ReadonlyMap<string, TaskMark>;
  selected?: string;
  onSelect?: (task: string) => void;
  label: string;
  /** Only the tasks that the run reached. */
  takenOnly?: boolean;
  /** Forks that are drawn with one node for all their branches; a click on it is told as any other. */
  collapsed?: readonly WideFork[];
  /** The task to begin with when not all of them fit. */
  focus?: string | undefined;
}

const NONE: readonly WideFork[] = [];

function useGraph({ definition, marks, takenOnly = false, collapsed = NONE }: GraphProps) {
  const whole = useMemo(() => collapseForks(graphOf(definition), collapsed), [definition, collapsed]);
  const startedMs = useMemo(
    () => new Map([...(marks ?? [])].map(([id, mark]) => [id, mark.startedMs])),
    [marks],
  );
  const graph = useMemo(
    () => (takenOnly && startedMs.size > 0 ? takenPart(whole, startedMs) : whole),
    [takenOnly, whole, startedMs],
  );
  return { graph, startedMs, places: useMemo(() => placesOf(graph), [graph]) };
}

function useElements(props: GraphProps): { nodes: Node<Data>[]; edges: Edge[] } {
  const { marks, selected } = props;
  const { graph, startedMs, places } = useGraph(props);
  return useMemo(() => {
    const taken = takenEdges(graph, startedMs);
    const nodes = graph.nodes.map((node): Node<Data> => {
      const { x = 0, y = 0, width = 0, height = 0 } = places.get(node.id) ?? {};
      const mark = marks?.get(node.id);
      return {
        id: node.id,
        type: node.kind === 'start' || node.kind === 'end' ? 'dot' : 'task',
        position: { x, y },
        width,
        height,
        draggable: false,
        ariaLabel: `${node.name}${mark === undefined ? '' : `, ${statusLook(mark.state).label}`}`,
        data: {
          node,
          mark,
          selected: node.id === selected,
          dim: marks !== undefined && marks.size > 0 && mark === undefined,
        },
      };
    });
    const edges = graph.edges.map(({ from, to, label, onError, back }): Edge => {
      const went = taken.has(`${from} ${to}`);
      const stroke = went ? 'var(--ink-2)' : onError ? 'var(--bad)' : 'var(--control-line)';
      return {
        id: `${from} ${to}`,
        source: from,
        target: to,
        type: 'smoothstep',
        focusable: false,
        ...(label === null ? {} : { label }),
        markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: stroke },
        labelStyle: { fill: 'var(--ink-2)', fontSize: 12 },
        labelBgStyle: { fill: 'var(--surface)' },
        style: {
          stroke,
          strokeWidth: went ? 1.8 : 1.2,
          opacity: marks !== undefined && marks.size > 0 && !went ? 0.45 : 1,
          ...(onError || back ? { strokeDasharray: '4 3' } : {}),
        },
      };
    });
    return { nodes, edges };
  }, [graph, places, startedMs, marks, selected]);
}

/** Shows the whole graph when it stays readable, else the part around the task in question. */
function FitOnce({ of, focus }: { of: unknown; focus: string | undefined }) {
  const { fitView, getNodesBounds, getNodes, getNode, setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  useEffect(() => {
    if (width === 0 || height === 0) return;
    const view = viewOf(getNodesBounds(getNodes()), { width, height }, getNode(focus ?? 'start')?.position);
    if (view === undefined) void fitView({ padding: 0.06, maxZoom: 1 });
    else void setViewport(view);
    // Another task in focus moves the view only through a click of the person, never by itself while the run
    // goes on. eslint-disable-next-line react-hooks/exhaustive-deps
  }, [of, width, height, focus]);
  return null;
}

/** The graph of a workflow, with the state of a run when there is one. */
export function WorkflowGraph(props: GraphProps) {
  const { nodes, edges } = useElements(props);
  const { onSelect, label } = props;
  if (nodes.length === 0) return <p className="p-6 text-ink-3">This document has no tasks to draw.</p>;
  return (
    <div className="size-full" role="group" aria-label={label}>
      <ReactFlowProvider>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          nodesConnectable={false}
          nodesDraggable={false}
          nodesFocusable={onSelect !== undefined}
          edgesFocusable={false}
          minZoom={0.2}
          maxZoom={1.5}
          preventScrolling={false}
          zoomOnScroll={false}
          panOnScroll={false}
          deleteKeyCode={null}
          selectionKeyCode={null}
          onNodeClick={(_event, node) => {
            if (node.type === 'task') onSelect?.(node.id);
          }}
        >
          <Background gap={16} size={1} color="var(--line)" />
          <Controls
            showInteractive={false}
            className="!shadow-none [&>button]:!border-line [&>button]:!bg-raised [&>button]:!fill-ink-2"
            aria-label="Zoom"
          />
          <FitOnce of={`${nodes.length} ${label}`} focus={props.selected || props.focus} />
        </ReactFlow>
      </ReactFlowProvider>
    </div>
  );
}
