import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const metadataKey = 3;
const metadataVersion = 5;
const answerMsMax = 2_000;

/** A Metadata request for no topic at all: size, header, an empty array, no topic made by asking. */
function metadataRequest() {
  const client = Buffer.from('tutti-probe');
  const request = Buffer.alloc(4 + 10 + client.length + 5);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(metadataKey, 4);
  request.writeInt16BE(metadataVersion, 6);
  request.writeInt16BE(client.length, 12);
  client.copy(request, 14);
  return request;
}

/** The ids of the brokers in a Metadata answer, whose size has been cut off. */
function brokersIn(answer) {
  let at = 4 + 4;
  const string = () => {
    const length = answer.readInt16BE(at);
    at += 2 + Math.max(0, length);
  };
  const count = answer.readInt32BE(at);
  at += 4;
  return Array.from({ length: count }, () => {
    const id = answer.readInt32BE(at);
    at += 4;
    string();
    at += 4;
    string();
    return id;
  });
}

/** The brokers that the one on this (unsecured) port says are alive; null when it does not answer yet. */
export function aliveBrokers(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = Buffer.alloc(0);
    const end = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(answerMsMax, () => end(null));
    socket.on('error', () => end(null));
    socket.on('close', () => end(null));
    socket.on('connect', () => socket.write(metadataRequest()));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      end(brokersIn(received.subarray(4)));
    });
  });
}

/** Waits until the broker on this port says that all of these are alive. */
export async function untilAlive(port, ids, { signal, withinMs = 120_000 }) {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const alive = await aliveBrokers(port);
    if (alive && ids.every((id) => alive.includes(id))) return;
    await delay(30, undefined, { signal });
  }
  throw new Error(`The broker on port ${port} did not answer within ${withinMs / 1000} s.`);
}

/**
 * Free ports of this machine below those that systems hand out by themselves, so that no connection takes the
 * port of a broker that is down for a moment.
 */
export async function freePorts(count) {
  const { createServer } = await import('node:net');
  const found = new Set();
  while (found.size < count) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) found.add(port);
  }
  return [...found];
}
