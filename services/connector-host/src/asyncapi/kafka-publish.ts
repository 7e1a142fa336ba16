import type { AsyncApiCall, CallOutcome } from '@tutti/contracts';
import { ATTR } from '@tutti/telemetry';
import type { ProtocolAttempt } from '../protocols/protocol-client.js';
import { KafkaConnection, kafkaFailure, leave, within, type KafkaParts } from './kafka-connection.js';
import type { Route } from './route.js';

/** Sends one message, and gives the place that it got. */
export async function publishToKafka(
  parts: KafkaParts,
  attempt: ProtocolAttempt,
  route: Route,
): Promise<CallOutcome> {
  const { request, span } = attempt;
  const call = request.input as AsyncApiCall;
  const topic = route.destination;
  const connection = new KafkaConnection(parts, route);
  const kafka = await connection.client(call.authorization);
  const { default: kafkajs } = await import('kafkajs');
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner });
  const messages = [messageOf(attempt, call, route)];
  let asked = false;
  try {
    await within(attempt, producer.connect());
    asked = true;
    const timeout = attempt.remainingMs();
    const [record] = await within(attempt, producer.send({ topic, acks: -1, timeout, messages }));
    const { partition = 0, baseOffset = '' } = record ?? {};
    span.set(ATTR.messagingPartition, String(partition));
    return { status: 'succeeded', output: { topic, partition, offset: baseOffset } };
  } catch (error) {
    return kafkaFailure(error, { attempt, connection, where: `send ${topic}`, asked });
  } finally {
    // The answer is there, so nobody waits for the farewell.
    void leave([producer], { connection, connected: asked });
  }
}

function messageOf(
  { request, span }: ProtocolAttempt,
  { message }: AsyncApiCall,
  { contentType }: Route,
): { key: string; value: string | null; headers: Record<string, string> } {
  const payload = message?.payload;
  const text = typeof payload === 'string' && !/json/.test(contentType) ? payload : JSON.stringify(payload);
  return {
    key: request.idempotencyKey,
    value: text ?? null,
    headers: {
      'content-type': contentType,
      ...message?.headers,
      traceparent: span.traceparent,
      'idempotency-key': request.idempotencyKey,
    },
  };
}
