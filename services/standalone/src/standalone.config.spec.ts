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

  it('names the option that is wrong', () => {
    expect(() => readConfig(['--otlp-grpc-port', '70000'], {})).toThrow(/--otlp-grpc-port/);
    expect(() => readConfig([], { TUTTI_OTLP_PORT: 'x' })).toThrow(/--otlp-port/);
    expect(() => readConfig(['--nonsense'], {})).toThrow(StartError);
  });

  it('refuses what this release does not have', () => {
    expect(() => readConfig(['--kafka-brokers', 'localhost:9092'], {})).toThrow(/distributed/);
  });

  it('answers help with nothing to start', () => {
    expect(readConfig(['--help'], {})).toBeNull();
  });
});
