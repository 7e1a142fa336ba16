import { StartError } from '@tutti/store';
import { readConfig } from './standalone.config.js';

describe('options of the hub', () => {
  it('has the fixed defaults', () => {
    expect(readConfig([], {})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      apiPort: 4000,
      otlpPort: 4318,
      otlpGrpcPort: 4317,
      dataDir: '.tutti',
      dashboard: true,
      examples: true,
    });
  });

  it('reads flags, environment, and prefers flags', () => {
    const environment = {
      TUTTI_API_PORT: '4100',
      TUTTI_DATA_DIR: '/data',
      TUTTI_NO_EXAMPLES: '1',
      TUTTI_PORT: '',
    };
    expect(readConfig(['--api-port', '0', '--no-dashboard'], environment)).toMatchObject({
      apiPort: 0,
      dataDir: '/data',
      dashboard: false,
      examples: false,
      port: 3000,
    });
  });

  it('takes an egress map, and refuses one that maps no origins', () => {
    expect(readConfig([], {})?.egressMap.size).toBe(0);
    const environment = { TUTTI_EGRESS_MAP: 'https://a.test=http://127.0.0.1:1' };
    expect([...(readConfig([], environment)?.egressMap ?? [])]).toEqual([
      ['https://a.test', 'http://127.0.0.1:1'],
    ]);
    expect(() => readConfig(['--egress-map', 'a=b'], {})).toThrow(/--egress-map: "a=b" maps no origin/);
  });

  it('blocks private addresses only when it is told to', () => {
    expect(readConfig([], {})?.blockPrivateAddresses).toBe(false);
    expect(readConfig(['--block-private-addresses'], {})?.blockPrivateAddresses).toBe(true);
    expect(readConfig([], { TUTTI_BLOCK_PRIVATE_ADDRESSES: 'true' })?.blockPrivateAddresses).toBe(true);
  });

  it('lets workflows start processes and containers only when it is told to', () => {
    expect(readConfig([], {})).toMatchObject({ allowProcesses: false, allowContainers: false });
    expect(readConfig(['--allow-processes'], { TUTTI_ALLOW_CONTAINERS: 'true' })).toMatchObject({
      allowProcesses: true,
      allowContainers: true,
    });
    expect(readConfig([], { TUTTI_ALLOW_PROCESSES: 'false' })?.allowProcesses).toBe(false);
    expect(readConfig(['--document-folder', 'd'], {})?.documentFolder).toBe('d');
  });

  it('takes the token of OTLP senders and the bounds of spans', () => {
    const environment = { TUTTI_OTLP_TOKEN: 'from-environment', TUTTI_SPAN_DAYS_MAX: '7' };
    expect(readConfig([], {})).toMatchObject({ spanDaysMax: 30, spanBytesMax: 20 * 1024 ** 3 });
    expect(readConfig(['--span-bytes-max', '1073741824'], environment)).toMatchObject({
      otlpToken: 'from-environment',
      spanDaysMax: 7,
      spanBytesMax: 1024 ** 3,
    });
    expect(() => readConfig(['--span-days-max', '0'], {})).toThrow(/--span-days-max/);
  });

  it('takes how many runs may wait at the door', () => {
    expect(readConfig([], {})).toMatchObject({ waitingRunsMax: 100_000, waitingRunsOfWorkflowMax: 10_000 });
    const environment = { TUTTI_WAITING_RUNS_MAX: '7', TUTTI_UNSTARTED_RUNS_OF_WORKFLOW_MAX: '8' };
    expect(readConfig(['--waiting-runs-of-workflow-max', '9'], environment)).toMatchObject({
      waitingRunsMax: 7,
      unstartedRunsOfWorkflowMax: 8,
      waitingRunsOfWorkflowMax: 9,
    });
    expect(() => readConfig([], { TUTTI_WAITING_RUNS_MAX: '0' })).toThrow(/--waiting-runs-max/);
  });

  it('names the option that is wrong', () => {
    expect(() => readConfig(['--otlp-grpc-port', '70000'], {})).toThrow(/--otlp-grpc-port/);
    expect(() => readConfig([], { TUTTI_OTLP_PORT: 'x' })).toThrow(/--otlp-port/);
    expect(() => readConfig(['--nonsense'], {})).toThrow(StartError);
  });

  it('puts the messages on Kafka when it is told its brokers, with the rest by environment', () => {
    expect(readConfig([], {})).toMatchObject({ kafka: null, otlpTarget: null });
    const environment = { TUTTI_KAFKA_BROKERS: 'other:9092', TUTTI_KAFKA_PREFIX: 'mine' };
    expect(readConfig(['--kafka-brokers', 'a:9092,b:9092'], environment)).toMatchObject({
      kafka: { brokers: ['a:9092', 'b:9092'], prefix: 'mine' },
    });
    expect(readConfig([], environment)).toMatchObject({ kafka: { brokers: ['other:9092'] } });
    expect(() => readConfig(['--kafka-brokers', 'nowhere'], {})).toThrow(/TUTTI_KAFKA_BROKERS is "nowhere"/);
  });

  it('sends its own spans elsewhere besides when the variables of OpenTelemetry say so', () => {
    const endpoint = 'http://tempo:4318';
    expect(readConfig([], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toMatchObject({
      otlpTarget: { endpoint },
    });
  });

  it('answers help with nothing to start', () => {
    expect(readConfig(['--help'], {})).toBeNull();
  });
});
