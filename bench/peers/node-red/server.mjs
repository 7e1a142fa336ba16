// Node-RED, flows in memory: what an engine without durability does. Embedded in an HTTP server, as its
// documentation shows.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const RED = createRequire(import.meta.url)('node-red');

const fn = (id, func, next) => ({
  id,
  type: 'function',
  z: 'bench',
  name: id,
  func,
  outputs: 1,
  wires: [next],
});
const json = "{ 'content-type': 'application/json' }";
const prepare = (step) => `msg.payload = { step: ${step}, n: msg.n }; msg.headers = ${json}; return msg;`;
const request = (id, next) => ({
  id,
  type: 'http request',
  z: 'bench',
  name: id,
  method: 'POST',
  ret: 'obj',
  url: process.env.STUB_URL,
  persist: true,
  wires: [[next]],
});
const route = (id, [even, odd]) => ({
  id,
  type: 'switch',
  z: 'bench',
  property: 'route',
  propertyType: 'msg',
  checkall: 'false',
  outputs: 2,
  rules: [{ t: 'eq', v: 'even', vt: 'str' }, { t: 'else' }],
  wires: [[even], [odd]],
});
const entry = (id, url, next) => ({
  id,
  type: 'http in',
  z: 'bench',
  url,
  method: 'post',
  upload: false,
  wires: [[next]],
});
const response = (id) => ({
  id,
  type: 'http response',
  z: 'bench',
  statusCode: '200',
  headers: {},
  wires: [],
});
const branches = (prefix) =>
  ['even', 'odd'].map((way) =>
    fn(`${prefix}-${way}`, `msg.payload = { branch: '${way}' }; msg.headers = {}; return msg;`, [
      `${prefix}-out`,
    ]),
  );

const flows = [
  { id: 'bench', type: 'tab', label: 'bench' },
  entry('w1-in', '/w1', 'w1-p1'),
  fn('w1-p1', `msg.n = msg.payload.n; ${prepare(1)}`, ['w1-r1']),
  request('w1-r1', 'w1-p2'),
  fn('w1-p2', prepare(2), ['w1-r2']),
  request('w1-r2', 'w1-p3'),
  fn('w1-p3', `msg.route = msg.payload.route; ${prepare(3)}`, ['w1-r3']),
  request('w1-r3', 'w1-switch'),
  route('w1-switch', ['w1-even', 'w1-odd']),
  ...branches('w1'),
  response('w1-out'),
  entry('w0-in', '/w0', 'w0-t1'),
  fn('w0-t1', 'msg.n = msg.payload.n; msg.payload = { a: msg.n + 1 }; return msg;', ['w0-t2']),
  fn(
    'w0-t2',
    "msg.route = msg.n % 2 === 0 ? 'even' : 'odd'; msg.payload = { route: msg.route }; return msg;",
    ['w0-t3'],
  ),
  fn('w0-t3', 'msg.payload = { c: msg.n * 2 }; return msg;', ['w0-switch']),
  route('w0-switch', ['w0-even', 'w0-odd']),
  ...branches('w0'),
  response('w0-out'),
];

// A node without a place on the canvas would be taken for a configuration node.
for (const [index, node] of flows.entries()) if (node.z) Object.assign(node, { x: 100, y: 40 * index });

const handlers = [];
const server = createServer((incoming, outgoing) => handlers[0](incoming, outgoing));
const settings = {
  httpAdminRoot: false,
  httpNodeRoot: '/',
  userDir: process.env.STATE_DIR,
  logging: { console: { level: 'error', metrics: false, audit: false } },
  storageModule: {
    init: async () => {},
    getFlows: async () => flows,
    saveFlows: async () => {},
    getCredentials: async () => ({}),
    saveCredentials: async () => {},
    getSettings: async () => ({}),
    saveSettings: async () => {},
    getSessions: async () => ({}),
    saveSessions: async () => {},
    getLibraryEntry: async () => [],
    saveLibraryEntry: async () => {},
  },
};
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
RED.init(server, settings);
handlers.push(RED.httpNode);
RED.events.on('flows:started', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(`ready ${JSON.stringify({ w1: `${url}/w1`, w0: `${url}/w0` })}`);
});
await RED.start();
