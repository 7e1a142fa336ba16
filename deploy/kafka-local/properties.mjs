import { join } from 'node:path';

const mechanisms = ['PLAIN', 'SCRAM-SHA-512'];

/** Small, quick and otherwise as a broker is by default: 1 or 3 nodes, each broker and controller in one. */
function sizes(count) {
  const copies = Math.min(3, count);
  const inSync = copies > 2 ? 2 : 1;
  return {
    'num.partitions': 1,
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.coordinator.rebalance.protocols': 'classic,consumer',
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    // Reserved for each of the many small topics of tests.
    'log.index.size.max.bytes': 1024 * 1024,
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    // A broker that was killed is noticed, and may come back, after this time; the default is 9 s.
    'broker.session.timeout.ms': 4000,
    'broker.heartbeat.interval.ms': 500,
    'controlled.shutdown.max.retries': 1,
  };
}

function security({ dir, users, keyPassword }) {
  const plainUsers = users.map(({ username, password }) => `user_${username}="${password}"`).join(' ');
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  return {
    'sasl.enabled.mechanisms': mechanisms.join(','),
    'listener.name.client.plain.sasl.jaas.config': `${plain} required ${plainUsers};`,
    'listener.name.client.scram-sha-512.sasl.jaas.config': `${scram} required;`,
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': join(dir, 'tls.p12'),
    'ssl.keystore.password': keyPassword,
  };
}

/**
 * The settings of one broker. Clients come in by CLIENT, which is secured where that is asked for; the
 * brokers among themselves, and the question whether one is ready, use INTERNAL, which is bound to this
 * machine.
 */
export function brokerProperties({ dir, node, nodes, secured, settings = {} }) {
  const at = (port) => `127.0.0.1:${port}`;
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': nodes.map(({ id, controller }) => `${id}@${at(controller)}`).join(','),
    listeners: `CLIENT://${at(node.port)},INTERNAL://${at(node.internal)},CONTROLLER://${at(node.controller)}`,
    'advertised.listeners': `CLIENT://${at(node.proxy ?? node.port)},INTERNAL://${at(node.internal)}`,
    'listener.security.protocol.map': `CLIENT:${secured ? 'SASL_SSL' : 'PLAINTEXT'},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(dir, `data-${node.id}`),
    ...sizes(nodes.length),
    ...(secured ? security({ dir, ...secured }) : {}),
    ...settings,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
}
