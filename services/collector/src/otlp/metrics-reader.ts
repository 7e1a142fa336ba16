import { type Attributes, readKeyValue, readResource, readScope, type Scope } from './attribute-reader.js';
import { type GenAiObservation, isGenAiName, type SignalContent } from './signal.types.js';
import { guarded } from './trace-reader.js';
import { nestedEnd, readerOf, readMessage, type Reader } from './wire-reader.js';

interface MetricContent {
  name: string;
  points: Attributes[];
}
interface ScopeContent {
  scope: Scope;
  metrics: MetricContent[];
}

/** Field of the data points inside Metric, with the field of the attributes inside a point of that type. */
const DATA: Readonly<Record<number, number>> = { 5: 7, 7: 7, 9: 9, 10: 1, 11: 7 };

/**
 * Decodes an ExportMetricsServiceRequest as far as the hub uses it: how many points, and the attributes of
 * GenAI metrics.
 */
export function readMetrics(bytes: Buffer): SignalContent {
  const reader = readerOf(bytes);
  const observations: GenAiObservation[] = [];
  let items = 0;
  guarded(() =>
    readMessage(reader, reader.len, (number) => {
      if (number !== 1) return false;
      items += readResourceMetrics(reader, observations);
      return true;
    }),
  );
  return { items, observations };
}

function readResourceMetrics(reader: Reader, observations: GenAiObservation[]): number {
  let resource: Attributes = {};
  const scopes: ScopeContent[] = [];
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) resource = readResource(reader);
    else if (number === 2) scopes.push(readScopeMetrics(reader));
    else return false;
    return true;
  });
  let items = 0;
  for (const { scope, metrics } of scopes) {
    const source = { resource, scopeName: scope.name, scopeVersion: scope.version };
    for (const { name, points } of metrics) {
      items += points.length;
      if (isGenAiName(name)) for (const attributes of points) observations.push({ source, name, attributes });
    }
  }
  return items;
}

function readScopeMetrics(reader: Reader): ScopeContent {
  const content: ScopeContent = { scope: { name: '', version: '' }, metrics: [] };
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) content.scope = readScope(reader);
    else if (number === 2) content.metrics.push(readMetric(reader));
    else return false;
    return true;
  });
  return content;
}

function readMetric(reader: Reader): MetricContent {
  const metric: MetricContent = { name: '', points: [] };
  readMessage(reader, nestedEnd(reader), (number) => {
    const attributesField = DATA[number];
    if (number === 1) metric.name = reader.string();
    else if (attributesField !== undefined) readPoints(reader, attributesField, metric.points);
    else return false;
    return true;
  });
  return metric;
}

function readPoints(reader: Reader, attributesField: number, points: Attributes[]): void {
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number !== 1) return false;
    const attributes: Attributes = {};
    readMessage(
      reader,
      nestedEnd(reader),
      (inner) => inner === attributesField && (readKeyValue(reader, attributes), true),
    );
    points.push(attributes);
    return true;
  });
}
