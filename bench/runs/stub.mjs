// The system that the benchmark's workflows call: answers about 200 bytes of JSON and counts its requests.
import { createServer } from 'node:http';

let requests = 0;

function answer(request, body) {
  const { n = 0, step = 0 } = JSON.parse(body);
  const route = n % 2 === 0 ? 'even' : 'odd';
  return {
    n,
    step,
    route,
    accepted: true,
    note: 'An answer of about two hundred bytes, like those of many business APIs.',
    id: `stub-${n}-${step}`,
  };
}

const server = createServer({ keepAlive: true, keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ requests }));
    return;
  }
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    requests += 1;
    const text = JSON.stringify(answer(request, body));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});

server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on('disconnect', () => process.exit(0));
