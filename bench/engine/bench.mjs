// Transitions per second of the pure engine, on one thread, without database, bus or JSON, and what one costs
// in time and bytes as tasks, branches and turns grow (shapes.mjs). The last line is JSON. W0: three `set`
// tasks and a `switch`, one decision. W1: three calls one after the other and a `switch`, four decisions.
import { performance } from 'node:perf_hooks';
import { decide, decideOver } from '@tutti/engine';
import { compileWorkflow, parseWorkflow } from '@tutti/workflow';
import { Allocations, growth, shapes } from './shapes.mjs';

const seconds = Number(process.env.BENCH_SECONDS ?? 3);

const head = "document: { dsl: '1.0.3', namespace: bench, name: bench, version: 1.0.0 }\n";
const W0 = `${head}do:
  - first: { set: { id: '\${ .id }', total: '\${ .lines | length }' } }
  - second: { set: { id: '\${ .id }', total: '\${ .total + 1 }', ok: true } }
  - choose: { switch: [{ large: { when: '.total > 2', then: third } }, { small: { then: end } }] }
  - third: { set: '\${ . + { done: true } }' }
`;
const call = (name) => `  - ${name}:
      call: http
      with: { method: post, endpoint: 'http://127.0.0.1:1/${name}', body: '\${ . }' }
`;
const W1 = `${head}do:
${call('first')}${call('second')}  - choose: { switch: [{ yes: { when: '.ok', then: third } }, { no: {
        then: end } }] }
${call('third')}`;
const LOOP = `${head}do:
  - loop: { for: { in: .items }, do: [{ add: { set: { items: [], sum: '\${ (.sum // 0) + $item }' } } }] }
`;
const request = { call: 'http', with: { method: 'get', endpoint: 'http://127.0.0.1:1/' } };
const branches = Array.from({ length: 1000 }, (_, i) => ({ [`b${i}`]: request }));
const FORK = `${head}do: ${JSON.stringify([{ fork: { fork: { branches } } }])}\n`;

const lines = Array.from({ length: 12 }, (_, i) => ({
  article: `A-${i}`,
  quantity: i,
  price: '12.50',
  text: 'x'.repeat(40),
}));
const input = { id: 'INV-1', lines };

function define(text) {
  const { document, findings } = parseWorkflow(text);
  if (document === undefined) throw new Error(JSON.stringify(findings));
  return { workflow: compileWorkflow(document), identity: {}, policies: new Map(), connections: [] };
}

const outcome = { status: 'succeeded', output: { ...input, ok: true } };
let clock = 1_700_000_000_000;

function begin(definition, value) {
  clock += 1;
  const run = {
    id: `018f0000-0000-7000-8000-${clock}`,
    workspaceId: 'w',
    startedAt: clock,
    trigger: 'bench',
  };
  return decide(definition, null, { kind: 'start', run, input: value }, clock);
}

const versions = new Map();

function settle({ definition, state, fresh }, { callId, attempt }) {
  const event = { kind: 'settled', callId, attempt, outcome, startedAt: clock, endedAt: clock };
  return decideOver({ definition, versions, state, nowMs: clock, fresh }, event).decision;
}

/** One run; returns how many decisions it took, and says when each is made. */
function runToEnd(definition, value, { decided = () => undefined, together = 1 } = {}) {
  let fresh;
  let decision = begin(definition, value);
  let decisions = 1;
  decided();
  const calls = decision.effects.filter(({ kind }) => kind === 'call');
  while (decision.state.status === 'running') {
    if (together > 1 && decisions % together === 1) fresh = new WeakSet();
    const next = calls.shift();
    decision =
      next === undefined
        ? decide(definition, decision.state, { kind: 'due' }, clock)
        : settle({ definition, state: decision.state, fresh }, next);
    decisions += 1;
    decided();
    calls.push(...decision.effects.filter(({ kind }) => kind === 'call'));
  }
  if (decision.state.status !== 'completed') throw new Error(JSON.stringify(decision.state));
  return decisions;
}

function measure(definition, value) {
  for (let i = 0; i < 2000; i += 1) runToEnd(definition, value);
  let runs = 0;
  let decisions = 0;
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  while (performance.now() - from < seconds * 1000) {
    for (let i = 0; i < 100; i += 1) decisions += runToEnd(definition, value);
    runs += 100;
  }
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpuFrom);
  return {
    // Processor time too: it is the steadier yardstick where other processes share the cores.
    cpuMicrosPerTransition: Number(((user + system) / decisions).toFixed(2)),
    runsPerSecond: Math.round((runs * 1000) / ms),
    transitionsPerSecond: Math.round((decisions * 1000) / ms),
    microsPerTransition: Number(((ms * 1000) / decisions).toFixed(2)),
  };
}

function once(text, value) {
  const definition = define(text);
  runToEnd(definition, value);
  const from = performance.now();
  const decisions = runToEnd(definition, value);
  return { decisions, ms: Number((performance.now() - from).toFixed(1)) };
}

function cpuMicros(step) {
  const from = process.cpuUsage();
  step();
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

/** Time and bytes of a task of the workflow, turn or branch, for one size of a shape. */
function measureSize({ tasks, input: value }, size, together) {
  const head = { document: { dsl: '1.0.3', namespace: 'bench', name: 'bench', version: '1.0.0' } };
  const definition = define(JSON.stringify({ ...head, do: tasks }));
  const repeats = Math.max(1, Math.round(2_000 / size));
  let decisions = 0;
  const many = () => {
    for (let i = 0; i < repeats; i += 1) decisions = runToEnd(definition, value, { together });
  };
  many();
  const best = Math.min(...Array.from({ length: 3 }, () => cpuMicros(many)));
  const allocations = new Allocations();
  allocations.begin();
  for (let i = 0; i < repeats; i += 1)
    runToEnd(definition, value, { decided: () => allocations.tick(), together });
  const bytes = allocations.bytes / repeats;
  return {
    size,
    decisions,
    cpuMicrosPerTransition: Number((best / repeats / decisions).toFixed(2)),
    cpuMicrosPerUnit: Number((best / repeats / size).toFixed(2)),
    bytesPerUnit: Math.round(bytes / size),
    bytesPerTransition: Math.round(bytes / decisions),
  };
}

function measureShapes() {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, { sizes, of, together }]) => {
      const rows = sizes.map((size) => measureSize(of(size), size, together));
      for (const row of rows) console.log(name, row);
      // From the middle size: in the smallest the run's own beginning and end weigh most.
      const large = rows.slice(1);
      const ratio = {
        time: growth(large, (row) => row.cpuMicrosPerUnit),
        bytes: growth(large, (row) => row.bytesPerUnit),
      };
      console.log(`${name}: a unit of size ${sizes[2]} costs ${ratio.time} times the time and`);
      console.log(`  ${ratio.bytes} times the bytes of one of size ${sizes[1]} (1 is linear)`);
      return [name, { rows, ratio }];
    }),
  );
}

function stateSize(definition) {
  return JSON.stringify(begin(definition, input).state).length;
}

const items = Array.from({ length: 10_000 }, (_, i) => i);
const w1 = define(W1);
const result = {
  bench: 'engine',
  node: process.version,
  w0: measure(define(W0), input),
  w1: { ...measure(w1, input), stateBytes: stateSize(w1), inputBytes: JSON.stringify(input).length },
  loop10000: once(LOOP, { items }),
  fork1000: once(FORK, {}),
  shapes: measureShapes(),
};
for (const [name, value] of Object.entries(result)) if (name !== 'shapes') console.log(name, value);
console.log(JSON.stringify(result));
