import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@tutti/testing';
import { request } from 'undici';
import type { HubProcess } from '../../services/standalone/src/testing/hub-process.js';

export const DOCUMENTS = join(import.meta.dirname, '../../examples/invoice-processing/documents');
const SETTLED_MS_MAX = 120_000;

/** The parts of the API's answers that these tests read. */
export interface Run {
  id: string;
  status: string;
  traceId: string;
  retryOf: string | null;
}
export interface Review {
  id: string;
  status: string;
  token: string;
  title: string;
  decision: { comment: string; edits: { after: unknown }[] } | null;
}

/** Waits an hour: a run that can be cancelled. */
export const WAITS = `
document: { dsl: '1.0.3', namespace: checks, name: waits, version: '1.0.0' }
do: [ { pause: { wait: { hours: 1 } } } ]`;

/** Always faults in its second task. */
export const FAULTS = `
document: { dsl: '1.0.3', namespace: checks, name: faults, version: '1.0.0' }
do:
  - prepare: { set: { prepared: true } }
  - refuse:
      raise:
        error:
          type: https://example.com/errors/not-today
          status: 500
          title: Not today
          detail: This workflow always refuses.`;

/** Asks a person at once, without a document. */
export const ASKS = `
document: { dsl: '1.0.3', namespace: checks, name: asks, version: '1.0.0' }
do:
  - ask:
      call: human.review:1@default
      with: { title: Is it true?, because: Nobody knows yet., data: { answer: perhaps } }`;

const BRANCHES = Array.from({ length: 12 }, (_, index) => `{ b${index}: { set: { x: ${index} } } }`);

/** A loop of 30 turns, a fork of 12 branches, and tasks that fail until nobody tries them again. */
export const LOOPS = `
document: { dsl: '1.0.3', namespace: checks, name: loops, version: '1.0.0' }
do:
  - paint:
      for: { each: item, in: '[range(30)]' }
      do:
        - stroke: { set: { n: '\${ $item }' }, export: { as: '{ last: .n }' } }
  - wide:
      fork:
        branches: [${BRANCHES.join(', ')}]
  - guarded:
      try:
        - fail:
            raise:
              error: { type: 'https://example.com/errors/closed', status: 503, title: The shop is closed }
      catch:
        retry: { delay: { milliseconds: 5 }, limit: { attempt: { count: 2 } } }
        do: [ { mend: { set: { mended: true } } } ]`;

/** Takes an input with groups, a list, a choice and a rule that only the hub checks. */
export const ORDERS = `
document: { dsl: '1.0.3', namespace: checks, name: orders, version: '1.0.0' }
input:
  schema:
    format: json
    document:
      type: object
      required: [customer, lines]
      properties:
        priority: { enum: [low, normal, high], default: normal }
        customer:
          type: object
          required: [email]
          properties: { email: { type: string, format: email }, code: { type: string } }
          dependentSchemas: { code: { properties: { code: { pattern: '^[0-9]+$' } } } }
        lines:
          type: array
          minItems: 1
          items: { type: object, required: [amount], properties: { amount: { type: number } } }
do: [ { take: { set: { taken: true } } } ]`;

/** The run once it has ended or waits for a person or a clock. */
export function untilSettled(hub: HubProcess, id: string): Promise<Run> {
  return eventually(async () => {
    const { body } = await hub.call('GET', `/v1/runs/${id}`);
    const run = body as unknown as Run;
    return run.status === 'running' ? undefined : run;
  }, SETTLED_MS_MAX);
}

export async function applyWorkflow(hub: HubProcess, text: string): Promise<void> {
  const { status, body } = await hub.call('PUT', '/v1/workflows', { text });
  if (status !== 200) throw new Error(`The workflow was refused: ${JSON.stringify(body)}`);
}

export async function startRun(hub: HubProcess, workflow: string, input: unknown = {}): Promise<Run> {
  const { status, body } = await hub.call('POST', `/v1/workflows/${workflow}/runs`, { body: input });
  if (status !== 202) throw new Error(`The run was refused: ${JSON.stringify(body)}`);
  return untilSettled(hub, String(body?.id));
}

/** Uploads a document of the invoice example and runs it. */
export async function runInvoice(hub: HubProcess, file: string): Promise<Run> {
  const answer = await request(`${hub.api}/v1/artifacts?name=${file}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/pdf' },
    body: readFileSync(join(DOCUMENTS, file)),
  });
  return startRun(hub, 'finance/invoice', { document: await answer.body.json() });
}

/** One span of a model call, as an application that the hub does not manage would report it. */
export function foreignSpan(service: string, model: string): object {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const count = (key: string, intValue: string) => ({ key, value: { intValue } });
  const span = {
    traceId: 'e2e0e2e0e2e0e2e0e2e0e2e0e2e0e2e0',
    spanId: 'e2e0e2e0e2e0e2e0',
    name: `chat ${model}`,
    kind: 3,
    startTimeUnixNano: String(nowNs - 800_000_000n),
    endTimeUnixNano: String(nowNs),
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.request.model', model),
      count('gen_ai.usage.input_tokens', '1200'),
      count('gen_ai.usage.output_tokens', '300'),
    ],
  };
  const scopeSpans = [{ scope: { name: 'e2e' }, spans: [span] }];
  return { resourceSpans: [{ resource: { attributes: [text('service.name', service)] }, scopeSpans }] };
}

export async function sendSpans(hub: HubProcess, spans: object): Promise<number> {
  const answer = await request(`${hub.otlp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(spans),
  });
  await answer.body.dump();
  return answer.statusCode;
}
