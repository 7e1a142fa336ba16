import { escapeToken } from '@/format/pointer';

/** A task (or the start or end) as the graph draws it. `id` is the JSON pointer of the task. */
export interface GraphNode {
  id: string;
  kind: 'start' | 'end' | 'task' | 'group';
  type: string;
  name: string;
  detail: string | null;
}
export interface GraphEdge {
  from: string;
  to: string;
  label: string | null;
  onError: boolean;
  back: boolean;
}
export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

type Json = Record<string, unknown>;
/** An edge that still looks for its target. */
interface Loose {
  from: string;
  label: string | null;
  onError: boolean;
}
interface Scope {
  names: Map<string, string>;
}

const TYPES = [
  'call',
  'set',
  'switch',
  'try',
  'fork',
  'for',
  'do',
  'raise',
  'wait',
  'run',
  'emit',
  'listen',
] as const;
const NODES_MAX = 500;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The kind of a task: a document names it by the key that is there. `for` comes before `do`, which it also
 * has.
 */
export function taskType(task: Json): string {
  return TYPES.find((type) => type in task) ?? 'task';
}

/** A duration as the document has it: `{ hours: 2, minutes: 30 }` is "2 hours 30 minutes". */
function durationOf(value: Json): string {
  return Object.entries(value)
    .map(([unit, amount]) => `${String(amount)} ${amount === 1 ? unit.replace(/s$/, '') : unit}`)
    .join(' ');
}

/** The types of the events that a `listen` names, after its strategy. */
function listenDetail(to: unknown): string | null {
  if (!isObject(to)) return null;
  const strategy = ['one', 'all', 'any'].find((name) => to[name] !== undefined);
  if (strategy === undefined) return null;
  const filters = [to[strategy]].flat();
  const types = filters.map((filter) => {
    const attributes = isObject(filter) ? filter['with'] : undefined;
    return isObject(attributes) && typeof attributes['type'] === 'string' ? attributes['type'] : 'an event';
  });
  return types.length === 0 ? `${strategy} event` : `${strategy}: ${types.join(', ')}`;
}

/** What stands in small under the name: what is called, how long is waited. */
function detailOf(type: string, task: Json): string | null {
  const value = task[type];
  if (type === 'call') {
    const endpoint = isObject(task['with']) ? task['with']['endpoint'] : undefined;
    const uri = isObject(endpoint) ? endpoint['uri'] : endpoint;
    return value === 'http'
      ? `HTTP ${typeof uri === 'string' ? uri : ''}`.trim()
      : String(value).replace(/@default$/, '');
  }
  if (type === 'wait') return isObject(value) ? durationOf(value) : String(value);
  if (type === 'raise' && isObject(value) && isObject(value['error']))
    return String(value['error']['title'] ?? value['error']['type'] ?? '');
  if (type === 'for' && isObject(value))
    return `each ${String(value['each'] ?? 'item')} in ${String(value['in'] ?? '')}`;
  if (type === 'listen' && isObject(value)) return listenDetail(value['to']);
  if (type === 'try' && isObject(task['catch']))
    return isObject(task['catch']['retry']) ? 'retries on errors' : 'catches errors';
  return null;
}

class Builder {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];
  private readonly jumps: { loose: Loose; to: string; scope: Scope }[] = [];
  readonly ends: Loose[] = [];

  connect(loose: readonly Loose[], to: string, back = false): void {
    for (const { from, label, onError } of loose) this.edges.push({ from, to, label, onError, back });
  }

  /** Adds a list of tasks in order; gives back the edges that leave at its end. */
  list(tasks: unknown, pointer: string, entry: Loose[]): Loose[] {
    if (!Array.isArray(tasks)) return entry;
    const named = tasks
      .filter(isObject)
      .map((each, index) => ({ name: Object.keys(each)[0] ?? '', index, task: Object.values(each)[0] }));
    const scope: Scope = {
      names: new Map(named.map(({ name, index }) => [name, `${pointer}/${index}/${escapeToken(name)}`])),
    };
    let open = entry;
    for (const { name, index, task } of named) {
      if (!isObject(task) || this.nodes.length >= NODES_MAX) continue;
      open = this.task({ name, task, id: `${pointer}/${index}/${escapeToken(name)}`, scope }, open);
    }
    return open;
  }

  private task(
    { name, task, id, scope }: { name: string; task: Json; id: string; scope: Scope },
    entry: Loose[],
  ): Loose[] {
    const type = taskType(task);
    const isGroup = ['try', 'fork', 'for', 'do'].includes(type);
    this.nodes.push({ id, kind: isGroup ? 'group' : 'task', type, name, detail: detailOf(type, task) });
    this.connect(entry, id);
    const out = this.inside(type, task, { id, scope });
    // A task that is skipped by its condition goes on to the next one.
    const after: Loose[] =
      typeof task['if'] === 'string' && type !== 'switch'
        ? [...out, { from: id, label: 'skipped', onError: false }]
        : out;
    return this.follow(after, task['then'], scope);
  }

  private inside(type: string, task: Json, { id, scope }: { id: string; scope: Scope }): Loose[] {
    const self: Loose = { from: id, label: null, onError: false };
    switch (type) {
      case 'switch':
        return this.cases(task['switch'], id, scope);
      case 'try': {
        const tried = this.list(task['try'], `${id}/try`, [self]);
        const caught =
          isObject(task['catch']) && Array.isArray(task['catch']['do'])
            ? this.list(task['catch']['do'], `${id}/catch/do`, [
                { from: id, label: 'on error', onError: true },
              ])
            : [];
        return [...tried, ...caught];
      }
      case 'fork': {
        const branches =
          isObject(task['fork']) && Array.isArray(task['fork']['branches']) ? task['fork']['branches'] : [];
        const out = branches.filter(isObject).flatMap((branch, index) => {
          const [name = '', inner] = Object.entries(branch)[0] ?? [];
          return isObject(inner)
            ? this.task(
                {
                  name,
                  task: inner,
                  id: `${id}/fork/branches/${index}/${escapeToken(name)}`,
                  scope: { names: new Map() },
                },
                [self],
              )
            : [];
        });
        return out.length === 0 ? [self] : out;
      }
      case 'for': {
        const out = this.list(task['do'], `${id}/do`, [{ ...self, label: 'each' }]);
        this.connect(
          out.filter(({ from }) => from !== id),
          id,
          true,
        );
        return [{ ...self, label: 'done' }];
      }
      case 'do':
        return this.list(task['do'], `${id}/do`, [self]);
      case 'raise':
        return [];
      default:
        return [self];
    }
  }

  private cases(cases: unknown, id: string, scope: Scope): Loose[] {
    if (!Array.isArray(cases)) return [{ from: id, label: null, onError: false }];
    const falls: Loose[] = [];
    let hasDefault = false;
    for (const each of cases.filter(isObject)) {
      const [label = '', inner] = Object.entries(each)[0] ?? [];
      if (!isObject(inner)) continue;
      hasDefault ||= inner['when'] === undefined;
      falls.push(...this.follow([{ from: id, label, onError: false }], inner['then'], scope));
    }
    return hasDefault ? falls : [...falls, { from: id, label: 'else', onError: false }];
  }

  /** A flow directive: on to the next task, to the end, or to a task by name. */
  private follow(loose: Loose[], then: unknown, scope: Scope): Loose[] {
    if (then === undefined || then === 'continue') return loose;
    if (then === 'end' || then === 'exit') {
      this.ends.push(...loose);
      return [];
    }
    const to = scope.names.get(String(then));
    if (to !== undefined) this.jumps.push(...loose.map((each) => ({ loose: each, to, scope })));
    return [];
  }

  finish(): void {
    const order = new Map(this.nodes.map(({ id }, index) => [id, index]));
    for (const { loose, to } of this.jumps)
      if (order.has(to)) this.connect([loose], to, (order.get(to) ?? 0) <= (order.get(loose.from) ?? 0));
  }
}

/** The graph of a Serverless Workflow document. A document that cannot be read gives an empty graph. */
export function graphOf(definition: unknown): Graph {
  if (!isObject(definition) || !Array.isArray(definition['do'])) return { nodes: [], edges: [] };
  const builder = new Builder();
  builder.nodes.push({ id: 'start', kind: 'start', type: 'start', name: 'Start', detail: null });
  const open = builder.list(definition['do'], '/do', [{ from: 'start', label: null, onError: false }]);
  builder.nodes.push({ id: 'end', kind: 'end', type: 'end', name: 'End', detail: null });
  builder.finish();
  builder.connect([...open, ...builder.ends], 'end');
  return { nodes: builder.nodes, edges: merged(builder.edges) };
}

/** Two edges between the same tasks are one with both labels. */
function merged(edges: readonly GraphEdge[]): GraphEdge[] {
  const byEnds = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`;
    const same = byEnds.get(key);
    byEnds.set(
      key,
      same === undefined
        ? edge
        : { ...same, label: [same.label, edge.label].filter(Boolean).join(', ') || null },
    );
  }
  return [...byEnds.values()];
}
