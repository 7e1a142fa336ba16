import { readFileSync } from 'node:fs';
import type { CloudEvent } from '@tutti/contracts';
import { describeShared, sharedPath } from '@tutti/testing';
import { HTTP, Kafka } from 'cloudevents';
import { fromHttp, toHttp } from './http-binding.js';
import { fromKafka, toKafka } from './kafka-binding.js';

/** A scenario of the features of the CloudEvents project, with the values of one of its examples put in. */
interface Scenario {
  title: string;
  texts: string[];
  tables: Record<string, string>[];
}

const FEATURES = ['conformance', 'cloudevents', 'features'];

/**
 * The little of Gherkin that these files use: texts in triple quotes, tables of two columns, examples of one.
 */
function scenariosOf(file: string): Scenario[] {
  const [, ...parts] = readFileSync(sharedPath(...FEATURES, file), 'utf8').split(
    /^\s*Scenario(?: Outline)?: /m,
  );
  return parts.flatMap((part) => {
    const [steps = '', examples] = part.split(/^\s*Examples:\s*$/m);
    const [variable, ...values] =
      examples === undefined ? [''] : examples.trim().split('\n').map(cellsOf).flat();
    const filled =
      values.length === 0 ? [steps] : values.map((value) => steps.replaceAll(`<${variable}>`, value));
    return filled.map((text) => ({
      title: text.split('\n')[0] ?? '',
      texts: [...text.matchAll(/^( *)"""\n([^]*?)\n\1"""/gm)].map(([, indent = '', body = '']) =>
        body
          .split('\n')
          .map((line) => line.slice(Math.min(indent.length, line.search(/\S|$/))))
          .join('\n'),
      ),
      tables: text
        .split(/^\s*\| key .*$/m)
        .slice(1)
        .map(tableOf),
    }));
  });
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function tableOf(text: string): Record<string, string> {
  const rows = text.trim().split('\n');
  const end = rows.findIndex((line) => !line.trim().startsWith('|'));
  return Object.fromEntries(rows.slice(0, end === -1 ? undefined : end).map(cellsOf)) as Record<
    string,
    string
  >;
}

function requestOf(text: string): { headers: Record<string, string>; body: Buffer } {
  const [head = '', body = ''] = text.split(/\n\n([^]*)/);
  const headers = head
    .split('\n')
    .slice(1)
    .map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
  return { headers: Object.fromEntries(headers) as Record<string, string>, body: Buffer.from(body) };
}

function attributes(event: CloudEvent): Record<string, unknown> {
  const { data: _data, ...rest } = event;
  return rest;
}

/** What the SDK of the CloudEvents project reads; it writes a time in its own way. */
function sdkView(event: unknown): Record<string, unknown> {
  const { id, source, type, specversion, datacontenttype, time, data } = event as CloudEvent;
  return { id, source, type, specversion, datacontenttype, time: Date.parse(time as string), data };
}

describeShared(FEATURES, 'the HTTP binding, by the features of the CloudEvents project', () => {
  it.each(scenariosOf('http-protocol-binding.feature'))('$title', ({ texts, tables }) => {
    const [request = '', data = ''] = texts;
    const { headers, body } = requestOf(request);
    const read = fromHttp(headers, body) as { event: CloudEvent };
    expect(attributes(read.event)).toEqual(tables[0]);
    expect(read.event.data).toEqual(JSON.parse(data));
    const written = toHttp(read.event);
    expect(fromHttp(written.headers, written.body)).toEqual(read);
    expect(sdkView(HTTP.toEvent({ headers: written.headers, body: written.body.toString() }))).toEqual(
      sdkView(read.event),
    );
  });
});

describeShared(FEATURES, 'the Kafka binding, by the features of the CloudEvents project', () => {
  it.each(scenariosOf('kafka-protocol-binding.feature'))('$title', ({ texts, tables }) => {
    const [payload = '', data = ''] = texts;
    const [headers = {}, expected] = tables;
    const read = fromKafka(headers, Buffer.from(payload));
    expect(attributes(read)).toEqual(expected);
    expect(read.data).toEqual(JSON.parse(data));
    const written = toKafka(read);
    expect(fromKafka(written.headers, written.value)).toEqual(read);
    const seen = Kafka.toEvent({
      headers: written.headers,
      body: undefined,
      key: '',
      value: written.value?.toString(),
    } as never);
    expect(sdkView(seen)).toEqual(sdkView(read));
  });
});
