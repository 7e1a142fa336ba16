import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaConfigError, readKafkaConfig } from './kafka-config.js';

const BROKERS = { TUTTI_KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9093' };

describe('readKafkaConfig', () => {
  let folder: string;
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tutti-kafka-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is null when no brokers are named', () => {
    expect(readKafkaConfig({ TUTTI_KAFKA_PREFIX: 'x' })).toBeNull();
    expect(readKafkaConfig({ TUTTI_KAFKA_BROKERS: ' ' })).toBeNull();
  });

  it('has defaults for all but the brokers', () => {
    expect(readKafkaConfig(BROKERS)).toEqual({
      brokers: ['kafka-1:9092', 'kafka-2:9093'],
      prefix: 'tutti',
      clientId: 'tutti',
      lifecycle: 'all',
      tls: null,
      sasl: null,
      partitions: 16,
      spanBytesMax: 1024 ** 3,
      replication: null,
      manageTopics: 'create',
    });
  });

  it('reads certificates and the password from files', () => {
    const config = readKafkaConfig({
      ...BROKERS,
      TUTTI_KAFKA_CA_FILE: file('ca.pem', 'CA'),
      TUTTI_KAFKA_CERT_FILE: file('cert.pem', 'CERT'),
      TUTTI_KAFKA_KEY_FILE: file('key.pem', 'KEY'),
      TUTTI_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      TUTTI_KAFKA_SASL_USERNAME: 'hub',
      TUTTI_KAFKA_SASL_PASSWORD_FILE: file('password', 'secret\n'),
    });
    expect(config?.tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
    expect(config?.sasl).toEqual({ mechanism: 'scram-sha-512', username: 'hub', password: 'secret' });
  });

  it.each([
    [{ TUTTI_KAFKA_BROKERS: 'kafka' }, 'TUTTI_KAFKA_BROKERS is "kafka". Set it to host:port'],
    [
      { TUTTI_KAFKA_PARTITIONS: '0' },
      'TUTTI_KAFKA_PARTITIONS is "0". Set it to a whole number from 1 to 1024',
    ],
    [
      { TUTTI_KAFKA_SPAN_BYTES_MAX: '1' },
      'TUTTI_KAFKA_SPAN_BYTES_MAX is "1". Set it to a whole number of bytes',
    ],
    [{ TUTTI_KAFKA_PARTITIONS: 'many' }, 'TUTTI_KAFKA_PARTITIONS is "many"'],
    [{ TUTTI_KAFKA_REPLICATION: '1.5' }, 'TUTTI_KAFKA_REPLICATION is "1.5"'],
    [{ TUTTI_KAFKA_PREFIX: 'a b' }, 'TUTTI_KAFKA_PREFIX is "a b". Set it to letters'],
    [{ TUTTI_KAFKA_MANAGE_TOPICS: 'no' }, 'TUTTI_KAFKA_MANAGE_TOPICS is "no". Set it to create or check'],
    [{ TUTTI_KAFKA_TLS: 'maybe' }, 'TUTTI_KAFKA_TLS is "maybe". Set it to true or false'],
    [
      { TUTTI_KAFKA_CA_FILE: '/does/not/exist' },
      'TUTTI_KAFKA_CA_FILE names /does/not/exist, which cannot be read',
    ],
    [{ TUTTI_KAFKA_SASL_USERNAME: 'hub' }, 'needs TUTTI_KAFKA_SASL_MECHANISM too'],
    [
      { TUTTI_KAFKA_SASL_MECHANISM: 'plain', TUTTI_KAFKA_SASL_USERNAME: 'hub' },
      'needs TUTTI_KAFKA_SASL_PASSWORD or TUTTI_KAFKA_SASL_PASSWORD_FILE too',
    ],
    [
      {
        TUTTI_KAFKA_SASL_MECHANISM: 'gssapi',
        TUTTI_KAFKA_SASL_USERNAME: 'hub',
        TUTTI_KAFKA_SASL_PASSWORD: 'x',
      },
      'TUTTI_KAFKA_SASL_MECHANISM is "gssapi". Set it to plain',
    ],
  ])('says which variable is wrong and what to do: %j', (env, message) => {
    const read = () => readKafkaConfig({ ...BROKERS, ...env });
    expect(read).toThrow(KafkaConfigError);
    expect(read).toThrow(message);
  });
});
