// The floor: the least that a durable engine can do. Not an engine: no recovery, no timers, no definition.
import { createServer } from 'node:http';
import pg from 'pg';
import { Pool } from 'undici';

const database = new pg.Pool({
  host: process.env.DATABASE_SOCKET,
  port: 5432,
  user: 'postgres',
  database: 'bench',
  max: 1,
});
await database.query('CREATE TABLE journal (run bigint, seq int, entry text, PRIMARY KEY (run, seq))');
const stub = new Pool(process.env.STUB_URL, { connections: 64, pipelining: 1 });
const insert = 'INSERT INTO journal SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[])';

let waiting = [];
let flushing = false;
let runs = 0;

async function flush() {
  flushing = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    await database.query({
      name: 'insert',
      text: insert,
      values: ['run', 'seq', 'entry'].map((key) => batch.map((row) => row[key])),
    });
    for (const { resolve } of batch) resolve();
  }
  flushing = false;
}

const journal = (run, seq, entry) =>
  new Promise((resolve) => {
    waiting.push({ run, seq, entry: JSON.stringify(entry), resolve });
    if (!flushing) setImmediate(() => flushing || flush());
  });

async function call(step, n) {
  const headers = { 'content-type': 'application/json' };
  const { body } = await stub.request({
    path: '/',
    method: 'POST',
    headers,
    body: JSON.stringify({ step, n }),
  });
  return body.json();
}

// A row is on disk before the next effect; rows of tasks without an effect go out together, as an engine that
// decides them in one turn would send them.
async function w1(input) {
  const run = runs++;
  await journal(run, 0, input);
  const answers = [];
  for (const step of [1, 2, 3]) {
    answers.push(await call(step, input.n));
    await journal(run, step, answers.at(-1));
  }
  const output = { branch: answers[1].route === 'even' ? 'even' : 'odd' };
  await journal(run, 4, output);
  return output;
}

async function w0(input) {
  const run = runs++;
  await journal(run, 0, input);
  const route = input.n % 2 === 0 ? 'even' : 'odd';
  for (const [index, entry] of [{ a: input.n + 1 }, { route }, { c: input.n * 2 }].entries())
    void journal(run, index + 1, entry);
  const output = { branch: route === 'even' ? 'even' : 'odd' };
  await journal(run, 4, output);
  return output;
}

const server = createServer((request, response) => {
  let body = '';
  request
    .setEncoding('utf8')
    .on('data', (chunk) => {
      body += chunk;
    })
    .on('end', async () => {
      const text = JSON.stringify(await (request.url === '/w1' ? w1 : w0)(JSON.parse(body)));
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        .end(text);
    });
});
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(`ready ${JSON.stringify({ w1: `${url}/w1`, w0: `${url}/w0` })}`);
});
