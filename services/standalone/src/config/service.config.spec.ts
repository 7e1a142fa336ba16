import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRole, readServiceConfig, SERVICE_ROLES } from './service.config.js';

const DATABASE = { TUTTI_DATABASE_URL: 'postgres://tutti:secret@database:5432/tutti' };
const KAFKA = { TUTTI_KAFKA_BROKERS: 'kafka:9092' };
const KEY = { TUTTI_MASTER_KEY: 'a'.repeat(64) };
const TOKEN = { TUTTI_ADMIN_TOKEN: 'a-token-of-enough-length' };

/** What a role is refused with. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was refused';
}

describe('the environment of a service', () => {
  it('names everything that is missing, at once and with what to do', () => {
    expect(refusal(() => readServiceConfig('api', {}))).toBe(
      [
        'The environment of the api is not right.',
        '  TUTTI_DATABASE_URL is missing: the PostgreSQL to use, such as postgres://tutti:password@database:5432/tutti, ' +
          'or TUTTI_DATABASE_URL_FILE: a file with it.',
        '  TUTTI_KAFKA_BROKERS is missing: the brokers of the bus, such as kafka-1:9092,kafka-2:9092.',
        "  TUTTI_MASTER_KEY is missing: the key that seals connections' secrets, the same in every service; " +
          'make one with `openssl rand -hex 32`, or TUTTI_MASTER_KEY_FILE: a file with it, ' +
          'or TUTTI_MASTER_KEY_COMMAND: a command that prints it.',
        '  TUTTI_ADMIN_TOKEN is missing: the token of the administrator; make one with `openssl rand -base64 32`, ' +
          'or TUTTI_ADMIN_TOKEN_FILE: a file with it.',
        'docs/configuration.md lists every variable.',
      ].join('\n'),
    );
  });

  it('names everything that is wrong, the settings of Kafka too', () => {
    const wrong = {
      TUTTI_DATABASE_URL: 'mysql://x',
      TUTTI_KAFKA_BROKERS: 'kafka',
      TUTTI_MASTER_KEY: 'short',
      TUTTI_ADMIN_TOKEN: 'short',
      TUTTI_API_PORT: 'tcp://10.0.0.1:4000',
      TUTTI_HEALTH_PORT: '70000',
      TUTTI_STOP_SECONDS_MAX: 'long',
    };
    const text = refusal(() => readServiceConfig('api', wrong));
    for (const name of Object.keys(wrong)) expect(text).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(text).toContain("which Kubernetes made of a Service's name: set enableServiceLinks: false.");
    expect(text).not.toContain('short');
  });

  it('asks a role for nothing that it does not need', () => {
    expect(readServiceConfig('orchestrator', { ...DATABASE, ...KAFKA })).toMatchObject({
      TUTTI_HOST: '127.0.0.1',
      TUTTI_HEALTH_PORT: 4100,
      TUTTI_DRAIN_SECONDS: 0,
      TUTTI_STOP_SECONDS_MAX: 25,
      kafka: { brokers: ['kafka:9092'], prefix: 'tutti', partitions: 16 },
    });
    expect(readServiceConfig('collector', { ...DATABASE, ...KAFKA })).toMatchObject({
      TUTTI_OTLP_PORT: 4318,
    });
    expect(refusal(() => readServiceConfig('connector-host', { ...DATABASE, ...KAFKA }))).toMatch(
      /^[^\n]+\n {2}TUTTI_MASTER_KEY is missing[^\n]+\n[^\n]+$/,
    );
    const dashboard = { TUTTI_API_URL: 'http://api:4000', TUTTI_DASHBOARD_SECRET: 's'.repeat(32) };
    expect(readServiceConfig('dashboard', dashboard)).toMatchObject({ TUTTI_PORT: 3000, kafka: null });
  });

  it('takes how many runs may wait at the door', () => {
    const api = { ...DATABASE, ...KAFKA, ...KEY, ...TOKEN };
    expect(readServiceConfig('api', { ...api, TUTTI_WAITING_RUNS_MAX: '7' })).toMatchObject({
      TUTTI_UNSTARTED_RUNS_OF_WORKFLOW_MAX: 1_000,
      TUTTI_WAITING_RUNS_OF_WORKFLOW_MAX: 10_000,
      TUTTI_WAITING_RUNS_MAX: 7,
    });
    expect(refusal(() => readServiceConfig('api', { ...api, TUTTI_WAITING_RUNS_MAX: '0' }))).toContain(
      'TUTTI_WAITING_RUNS_MAX must be a whole number, at least 1.',
    );
  });

  it('takes the egress map of a connector host', () => {
    const host = { ...DATABASE, ...KAFKA, ...KEY };
    const read = (map: string) => readServiceConfig('connector-host', { ...host, TUTTI_EGRESS_MAP: map });
    expect(read('https://a.test=http://b.test').TUTTI_EGRESS_MAP.get('https://a.test')).toBe('http://b.test');
    expect(refusal(() => read('https://a.test/x=http://b.test'))).toContain(
      'TUTTI_EGRESS_MAP "https://a.test/x=http://b.test" maps no origin to another',
    );
  });

  it.each(['connector-host', 'api'] as const)('has the %s block private addresses when told to', (role) => {
    const given = { ...DATABASE, ...KAFKA, ...KEY, ...TOKEN };
    const read = (more = {}) => readServiceConfig(role, { ...given, ...more }).TUTTI_BLOCK_PRIVATE_ADDRESSES;
    expect([read(), read({ TUTTI_BLOCK_PRIVATE_ADDRESSES: 'true' })]).toEqual([false, true]);
  });

  it('lets workflows start processes and containers only when it is told to', () => {
    const host = { ...DATABASE, ...KAFKA, ...KEY };
    const read = (more = {}) => readServiceConfig('connector-host', { ...host, ...more });
    expect(read()).toMatchObject({ TUTTI_ALLOW_PROCESSES: false, TUTTI_ALLOW_CONTAINERS: false });
    expect(read().TUTTI_DOCUMENT_FOLDER).toBeNull();
    expect(read({ TUTTI_DOCUMENT_FOLDER: '/srv/documents' }).TUTTI_DOCUMENT_FOLDER).toBe('/srv/documents');
    const given = { TUTTI_ALLOW_PROCESSES: 'true', TUTTI_ALLOW_CONTAINERS: '1' };
    expect(read(given)).toMatchObject({ TUTTI_ALLOW_PROCESSES: true, TUTTI_ALLOW_CONTAINERS: true });
  });

  it('loads the examples only when it is asked to', () => {
    const api = { ...DATABASE, ...KAFKA, ...KEY, ...TOKEN };
    expect(readServiceConfig('api', api).TUTTI_EXAMPLES).toBe(false);
    expect(readServiceConfig('api', { ...api, TUTTI_EXAMPLES: 'true' }).TUTTI_EXAMPLES).toBe(true);
  });

  it('reads secrets out of files, and refuses both ways at once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-secrets-'));
    const file = join(folder, 'key');
    writeFileSync(file, `${KEY.TUTTI_MASTER_KEY}\n`);
    const host = { ...DATABASE, ...KAFKA, TUTTI_MASTER_KEY_FILE: file };
    expect(readServiceConfig('connector-host', host).TUTTI_MASTER_KEY).toBe(KEY.TUTTI_MASTER_KEY);
    expect(refusal(() => readServiceConfig('connector-host', { ...host, ...KEY }))).toContain(
      'TUTTI_MASTER_KEY and TUTTI_MASTER_KEY_FILE are both set: keep one of them.',
    );
    rmSync(folder, { recursive: true });
    expect(refusal(() => readServiceConfig('connector-host', host))).toContain(
      'TUTTI_MASTER_KEY_FILE cannot be read: ENOENT',
    );
  });

  it('knows its roles', () => {
    expect(SERVICE_ROLES.map((role) => readRole([role]))).toEqual(SERVICE_ROLES);
    expect(refusal(() => readRole([]))).toContain('No role is given. Give one of api, orchestrator,');
    expect(refusal(() => readRole(['worker']))).toContain('"worker" is no role.');
  });
});
