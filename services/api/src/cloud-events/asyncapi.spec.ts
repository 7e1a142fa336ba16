import { readFile, writeFile } from 'node:fs/promises';
import specs from '@asyncapi/specs';
import { encodeLifecycle } from '@tutti/bus';
import { type JournalEntry, LIFECYCLE_EVENTS, uuidv7 } from '@tutti/contracts';
import { Ajv } from 'ajv';
import { parse, stringify } from 'yaml';
import { ApiHarness } from '../testing/api-harness.js';
import { asyncApiDocument, messageName } from './asyncapi.document.js';

type Json = Record<string, unknown>;

const FILE = new URL('../../../../docs/asyncapi.yaml', import.meta.url);
const UPDATE = process.env.TUTTI_UPDATE_OPENAPI === '1';
const AT = Date.UTC(2026, 10, 22);
const error = { type: 'about:blank', title: 'Late', status: 408 };
const of = { task: '/do/0/a', name: 'a', position: '/do/0/a', at: AT, type: 'set' };

/** Every journal entry that has a standard event. */
const ENTRIES: JournalEntry[] = [
  { kind: 'run.started', at: AT },
  { kind: 'task.started', ...of },
  { kind: 'task.retried', ...of, attempt: 1, delayMs: 1, error },
  { kind: 'task.faulted', ...of, error },
  { kind: 'task.completed', ...of, output: { n: 1 } },
  { kind: 'listen.started', ...of, type: 'listen' },
  { kind: 'task.completed', ...of, type: 'listen' },
  { kind: 'run.suspended', at: AT, by: 'anna' },
  { kind: 'run.resumed', at: AT, by: 'anna' },
  { kind: 'run.cancelled', at: AT, by: 'anna' },
  { kind: 'run.faulted', at: AT, error },
  { kind: 'run.completed', at: AT },
];

describe('the AsyncAPI description', () => {
  const document = JSON.parse(JSON.stringify(asyncApiDocument())) as Json;

  it('is valid AsyncAPI 3.0, by the schema of the AsyncAPI project', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, logger: false });
    const schema = (specs as unknown as { schemasWithoutId: Record<string, object> }).schemasWithoutId[
      '3.0.0'
    ] as object;
    const isValid = ajv.compile(schema);
    expect(isValid(document)).toBe(true);
    expect(isValid({ ...document, channels: { lifecycle: { address: 7 } } })).toBe(false);
  });

  it('refers only to what is there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, path = ''] of references) {
      const found = path.split('/').reduce<unknown>((at, key) => (at as Json | undefined)?.[key], document);
      expect([path, found !== undefined]).toEqual([path, true]);
    }
  });

  it('has a schema for each event that the hub publishes, which fits the event', () => {
    const records = encodeLifecycle({
      kind: 'run.changed',
      runId: uuidv7(),
      workspaceId: 'default',
      workflow: { namespace: 'a', name: 'b', version: '1.0.0', versionId: uuidv7() },
      status: 'completed',
      revision: 1,
      entries: ENTRIES,
      output: { n: 1 },
      openTasks: [of],
    });
    const types = records.map(({ headers }) => headers.ce_type as keyof typeof LIFECYCLE_EVENTS);
    expect([...new Set(types)].sort()).toEqual(Object.keys(LIFECYCLE_EVENTS).sort());
    const { schemas } = document.components as { schemas: Record<string, object> };
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const [i, type] of types.entries()) {
      const data = JSON.parse(records[i]?.value as string) as unknown;
      expect([type, LIFECYCLE_EVENTS[type].strict().safeParse(data).error]).toEqual([type, undefined]);
      const schema = schemas[messageName(type)] as object;
      expect([type, ajv.validate(schema, data)]).toEqual([type, true]);
    }
  });

  it('is served without a token', async () => {
    const api = await ApiHarness.start();
    try {
      const { status, body } = await api.call<Json>('GET', '/asyncapi.json', { token: null });
      expect([status, body]).toEqual([200, document]);
    } finally {
      await api.close();
    }
  });

  it('is the one in docs/asyncapi.yaml', async () => {
    const yaml = stringify(document, { lineWidth: 110, aliasDuplicateObjects: false });
    if (UPDATE) await writeFile(FILE, yaml);
    // On failure: npm run openapi -w @tutti/api
    expect(await readFile(FILE, 'utf8')).toBe(yaml);
    expect(parse(yaml)).toEqual(document);
  });
});
