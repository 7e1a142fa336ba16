import type { PluginDescription } from '@tutti/contracts';
import { KafkaConfig } from '@tutti/bus';

/** The name of the connector that the hub brings itself: a connection of it is a company's Kafka. */
export const KAFKA_CONNECTOR = 'kafka';

const text = (description: string, more: Record<string, unknown> = {}) => ({
  type: 'string',
  description,
  ...more,
});

/** How the connector shows among the plugins: settings and no capabilities, for triggers only. */
export const KAFKA_DESCRIPTION: PluginDescription = {
  name: KAFKA_CONNECTOR,
  version: '1.0.0',
  kind: 'events',
  contract: 1,
  summary: 'A Kafka cluster whose topics start runs. Brought by the hub itself.',
  settings: {
    type: 'object',
    required: ['brokers'],
    additionalProperties: false,
    properties: {
      brokers: text('host:port of some brokers, with commas between', {
        title: 'Brokers',
        pattern: '^\\s*[^\\s,:]+:\\d+\\s*(,\\s*[^\\s,:]+:\\d+\\s*)*$',
        examples: ['kafka-1.example.com:9092,kafka-2.example.com:9092'],
      }),
      tls: { type: 'boolean', title: 'TLS', description: 'connect with TLS', default: false },
      ca: text('certificate of the authority that signed the brokers’ certificates, as PEM', {
        title: 'CA certificate',
      }),
      mechanism: text('how to sign in; none when left out', {
        title: 'SASL mechanism',
        enum: ['plain', 'scram-sha-256', 'scram-sha-512'],
      }),
      username: text('user to sign in as', { title: 'Username' }),
      password: text('its password', { title: 'Password', secret: true }),
    },
    dependentRequired: { mechanism: ['username', 'password'], username: ['mechanism'] },
  },
  capabilities: [],
  database: false,
};

/** The settings of a connection as the Kafka client takes them. Throws when they do not fit together. */
export function configOf(
  settings: Record<string, unknown>,
  secrets: Record<string, string>,
  prefix: string,
): KafkaConfig {
  const { brokers, tls, ca, mechanism, username } = settings;
  const secure = tls === true || typeof ca === 'string';
  return KafkaConfig.parse({
    brokers: String(brokers)
      .split(',')
      .map((broker) => broker.trim()),
    prefix,
    tls: secure ? (typeof ca === 'string' && ca !== '' ? { ca } : {}) : null,
    sasl: mechanism === undefined ? null : { mechanism, username, password: secrets.password ?? '' },
  });
}
