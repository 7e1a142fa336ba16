import { KafkaConfig } from '../kafka/kafka-config.js';
import { eventSinks, readEventTarget } from './event-sinks.js';

describe('where the events of runs go', () => {
  it('is nowhere when nothing is set', () => {
    expect(readEventTarget({ TUTTI_EVENTS_SINK: '' })).toBeNull();
    expect(eventSinks(null, null)).toEqual([]);
  });

  it('is the URL with its token, and Kafka where there is one', () => {
    const target = readEventTarget({
      TUTTI_EVENTS_SINK: 'https://x.y/in',
      TUTTI_EVENTS_SINK_TOKEN: 'secret',
    });
    expect(target).toEqual({ url: 'https://x.y/in', token: 'secret' });
    const kafka = KafkaConfig.parse({ brokers: ['127.0.0.1:1'] });
    expect(eventSinks(kafka, target).map(({ name }) => name)).toEqual(['kafka', 'http']);
  });

  it.each([
    [{ TUTTI_EVENTS_SINK: 'ftp://x.y' }, 'TUTTI_EVENTS_SINK is "ftp://x.y"'],
    [{ TUTTI_EVENTS_SINK: 'http://x.y', TUTTI_EVENTS_SINK_TOKEN_FILE: '/none' }, 'cannot be read'],
  ])('refuses %j with what to do', (env, says) => {
    expect(() => readEventTarget(env)).toThrow(says);
  });
});
