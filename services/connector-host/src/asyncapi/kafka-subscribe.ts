import { createHash } from 'node:crypto';
import type { Admin, Consumer, KafkaMessage } from 'kafkajs';
import type { AsyncApiCall, CallOutcome } from '@tutti/contracts';
import { ExchangeError } from '../http/exchange.js';
import type { ProtocolAttempt } from '../protocols/protocol-client.js';
import { KafkaConnection, kafkaFailure, leave, within, type KafkaParts } from './kafka-connection.js';
import type { Route } from './route.js';
import { type Collected, payloadOf, type InboundMessage, type Patience } from './subscription.js';

/** How long a fetch waits for messages; the farewell waits for the fetch. */
const FETCH_MS = 500;

/**
 * Collects messages of a topic. They are read from where the topic ended when the first attempt began: the
 * place is kept with Kafka under a group of the call's own, so that a repeated attempt misses nothing.
 */
export async function subscribeToKafka(
  parts: KafkaParts,
  attempt: ProtocolAttempt,
  { route, collected, patience }: { route: Route; collected: Collected; patience: Patience },
): Promise<CallOutcome> {
  const call = attempt.request.input as AsyncApiCall;
  const topic = route.destination;
  const groupId = `tutti-call-${createHash('sha256').update(attempt.request.idempotencyKey).digest('hex')}`;
  const connection = new KafkaConnection(parts, route);
  const kafka = await connection.client(call.authorization);
  const [admin, consumer] = [kafka.admin(), kafka.consumer({ groupId, maxWaitTimeInMs: FETCH_MS })];
  try {
    await within(attempt, begin(admin, { groupId, topic }));
    await within(attempt, consumer.connect());
    await within(attempt, consumer.subscribe({ topics: [topic] }));
    await within(attempt, messagesUntil(consumer, { collected, patience }));
    return { status: 'succeeded', output: collected.messages };
  } catch (error) {
    if (error instanceof ExchangeError && !attempt.signal.aborted) throw error;
    if ((error as Error).name.startsWith('Jq')) throw error;
    return kafkaFailure(error, { attempt, connection, where: `receive ${topic}`, asked: false });
  } finally {
    // An attempt that repeats this one would have to wait until this member is given up.
    await leave([admin, consumer], { connection, connected: !attempt.signal.aborted });
  }
}

/** Keeps where the topic ends now, unless an attempt before did that. */
async function begin(admin: Admin, { groupId, topic }: { groupId: string; topic: string }): Promise<void> {
  await admin.connect();
  const [kept] = await admin.fetchOffsets({ groupId, topics: [topic] });
  if (kept?.partitions.some(({ offset }) => offset !== '-1') === true) return;
  const ends = await admin.fetchTopicOffsets(topic);
  const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
  await admin.setOffsets({ groupId, topic, partitions });
}

/** Resolves when the subscription has what it wants, or its time is over. */
function messagesUntil(
  consumer: Consumer,
  { collected, patience }: { collected: Collected; patience: Patience },
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (collected.complete) return resolve();
    consumer.on('consumer.group_join', () => patience.start());
    patience.signal.addEventListener('abort', () => resolve(), { once: true });
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    let ended = false;
    const eachMessage = ({ message }: { message: KafkaMessage }): Promise<void> => {
      if (ended) return Promise.resolve();
      try {
        ended = collected.take(inbound(message), message.value?.length ?? 0);
        if (ended) resolve();
      } catch (error) {
        ended = true;
        reject(error as Error);
      }
      return Promise.resolve();
    };
    // The place stays that of the beginning, for an attempt that has to do it all again.
    consumer.run({ autoCommit: false, eachMessage }).catch(reject);
  });
}

function inbound({ value, headers = {} }: KafkaMessage): InboundMessage {
  const entries = Object.entries(headers).map(([name, one]): [string, string] => [name, String(one)]);
  const texts = Object.fromEntries(entries);
  const correlationId = texts.correlationId ?? texts['correlation-id'];
  return {
    payload: value === null ? null : payloadOf(value.toString('utf8')),
    headers: texts,
    ...(correlationId !== undefined && { correlationId }),
  };
}
