// Times precompiled expressions on a 2 kB document, and real jq (jq-wasm) on the same in the same run.
// Prints one line per expression and, last, all figures as one JSON line.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const root = new URL('../../', import.meta.url);
const { compile } = await import(new URL('libs/jq/dist/index.js', root).href);
const requireFromJq = createRequire(new URL('libs/jq/package.json', root));
const { loadJq } = await import(pathToFileURL(requireFromJq.resolve('jq-wasm')).href);

const SAMPLE_MS = Number(process.env.TUTTI_BENCH_MS ?? 150);
const SAMPLES = 5;

const document = {
  id: 'order-4711',
  status: 'open',
  customer: {
    id: 7,
    name: 'Acme GmbH',
    email: 'buyer@acme.example',
    tags: ['vip', 'eu'],
    address: { street: 'Hauptstr. 1', city: 'Berlin', zip: '10115', country: 'DE' },
  },
  items: Array.from({ length: 12 }, (_, at) => ({
    sku: `SKU-${at}`,
    quantity: (at % 4) + 1,
    price: 9.5 + at,
    name: `Item number ${at}`,
    tags: ['a', 'b'],
  })),
  meta: {
    source: 'webhook',
    attempt: 2,
    headers: { 'content-type': 'application/json', 'x-request-id': 'abc-123' },
  },
  note: 'n'.repeat(560),
};
const context = { limit: 100, currency: 'EUR', user: { id: 'u1', roles: ['admin', 'buyer'] } };

// Two groups: what nearly every task of a workflow holds, and what data mapping tasks hold.
const EXPRESSIONS = {
  simple: [
    '.status',
    '.customer.address.city',
    '$context.user.id',
    '.items[3].price',
    '.meta.headers["content-type"]',
  ],
  typical: [
    '.status == "open" and .meta.attempt < 3',
    'if .meta.attempt > 2 then "stop" else "go" end',
    '{id, city: .customer.address.city, user: $context.user.id}',
    '.customer.nickname // .customer.name',
    '"Order \\(.id) for \\(.customer.name)"',
    '.customer.tags | index("vip") != null',
    '.items | length',
    '[.items[] | .quantity * .price] | add',
    '.items | map(select(.quantity > 2) | .sku)',
    '[.items[] | {sku, total: (.quantity * .price)}]',
    'any(.items[]; .quantity > 3)',
    'first(.items[] | select(.sku == "SKU-9"))',
    'reduce .items[] as $item (0; . + $item.quantity)',
    '.customer + {note: null}',
    '.status = "closed"',
    '.customer | to_entries | length',
    '.id | test("^order-[0-9]+$")',
    'del(.note)',
  ],
};

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * Median over samples of the processor microseconds one call takes, after as much time again to warm up.
 * Processor time, because on a machine that others use the wall clock measures them.
 */
function microseconds(call, perTurn) {
  const sample = () => {
    const start = performance.now();
    const before = process.cpuUsage();
    let calls = 0;
    while (performance.now() - start < SAMPLE_MS / SAMPLES) {
      for (let turn = 0; turn < perTurn; turn += 1) {
        call();
      }
      calls += perTurn;
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / calls;
  };
  for (let warm = 0; warm < SAMPLES; warm += 1) {
    sample();
  }
  return median(Array.from({ length: SAMPLES }, sample));
}

const jq = await loadJq();
const text = JSON.stringify(document);
const figures = [];
for (const [group, sources] of Object.entries(EXPRESSIONS)) {
  for (const source of sources) {
    const program = compile(source, { variables: ['context'] });
    const variables = { context };
    const flags = ['-c', '--argjson', 'context', JSON.stringify(context)];
    const reference = jq.raw(text, source, flags);
    const [own] = program.run(document, variables);
    if (reference.exitCode !== 0 || JSON.stringify(JSON.parse(reference.stdout)) !== JSON.stringify(own)) {
      throw new Error(
        `${source}: jq answers ${reference.stdout}${reference.stderr}, this engine ${JSON.stringify(own)}`,
      );
    }
    const us = microseconds(() => program.first(document, variables), 50);
    const wasmUs = microseconds(() => jq.raw(text, source, flags), 1);
    figures.push({ group, source, us, wasmUs, timesFaster: wasmUs / us });
    console.log(`${us.toFixed(2).padStart(9)} us  ${wasmUs.toFixed(0).padStart(6)} us jq-wasm  ${source}`);
  }
}

const of = (group) => figures.filter((figure) => figure.group === group);
const round = (value) => Number(value.toFixed(3));
const compileUs = microseconds(
  () => compile('.items | map(select(.quantity > 2) | {sku, total: (.quantity * .price)})'),
  5,
);
console.log(
  JSON.stringify({
    benchmark: 'jq',
    documentBytes: Buffer.byteLength(text),
    jqWasm: JSON.parse(readFileSync(requireFromJq.resolve('jq-wasm/package.json'), 'utf8')).version,
    simpleMedianUs: round(median(of('simple').map(({ us }) => us))),
    simpleMaxUs: round(Math.max(...of('simple').map(({ us }) => us))),
    typicalMedianUs: round(median(of('typical').map(({ us }) => us))),
    typicalMaxUs: round(Math.max(...of('typical').map(({ us }) => us))),
    compileUs: round(compileUs),
    timesFasterMin: round(Math.min(...figures.map(({ timesFaster }) => timesFaster))),
    timesFasterMedian: round(median(figures.map(({ timesFaster }) => timesFaster))),
  }),
);
