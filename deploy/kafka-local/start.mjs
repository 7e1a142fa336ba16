// Runs Kafka in the foreground: node deploy/kafka-local/start.mjs [--brokers 3] [--port 9092] [--dir
// .tutti-kafka]
import { parseArgs } from 'node:util';
import { printError } from '../../scripts/setup/setup-error.mjs';
import { kafkaVersion, startKafka } from './index.mjs';

const usage =
  'Usage: node deploy/kafka-local/start.mjs [--brokers 1|3] [--port 9092] [--dir .tutti-kafka] [--heap-mb 256] [--sasl-tls]';

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      brokers: { type: 'string', default: '1' },
      port: { type: 'string', default: '9092' },
      dir: { type: 'string', default: '.tutti-kafka' },
      'heap-mb': { type: 'string', default: '256' },
      'sasl-tls': { type: 'boolean', default: false },
    },
  });
  const [brokers, port, heapMb] = [values.brokers, values.port, values['heap-mb']].map(Number);
  if (![brokers, port, heapMb].every((number) => Number.isInteger(number) && number > 0)) {
    throw new Error('--brokers, --port and --heap-mb are whole numbers.');
  }
  const ports = Array.from({ length: brokers }, (_, index) => port + index);
  const security = values['sasl-tls'] ? 'sasl-tls' : 'plaintext';
  return { brokers, ports, heapMb, dir: values.dir, security };
}

/** The options, or null once what is wrong with them has been said. */
function readOptions() {
  try {
    return optionsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exitCode = 2;
    return null;
  }
}

async function main() {
  const options = readOptions();
  if (!options) return;
  const kafka = await startKafka(options);
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    await kafka.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
  console.log(`Apache Kafka ${kafkaVersion} is ready: ${kafka.bootstrap} (data in ${kafka.dir})`);
}

try {
  await main();
} catch (error) {
  printError(error);
  process.exit(1);
}
