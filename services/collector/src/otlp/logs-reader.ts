import { type Attributes, readKeyValue, readResource, readScope, type Scope } from './attribute-reader.js';
import { type GenAiObservation, isGenAiName, type SignalContent } from './signal.types.js';
import { guarded } from './trace-reader.js';
import { nestedEnd, readerOf, readMessage, type Reader } from './wire-reader.js';

interface Record {
  name: string;
  attributes: Attributes;
}
interface ScopeContent {
  scope: Scope;
  records: Record[];
}

/**
 * Decodes an ExportLogsServiceRequest as far as the hub uses it: how many records, and the attributes of
 * GenAI events.
 */
export function readLogs(bytes: Buffer): SignalContent {
  const reader = readerOf(bytes);
  const observations: GenAiObservation[] = [];
  let items = 0;
  guarded(() =>
    readMessage(reader, reader.len, (number) => {
      if (number !== 1) return false;
      items += readResourceLogs(reader, observations);
      return true;
    }),
  );
  return { items, observations };
}

function readResourceLogs(reader: Reader, observations: GenAiObservation[]): number {
  let resource: Attributes = {};
  const scopes: ScopeContent[] = [];
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) resource = readResource(reader);
    else if (number === 2) scopes.push(readScopeLogs(reader));
    else return false;
    return true;
  });
  let items = 0;
  for (const { scope, records } of scopes) {
    const source = { resource, scopeName: scope.name, scopeVersion: scope.version };
    items += records.length;
    for (const { name, attributes } of records)
      if (isGenAiName(name)) observations.push({ source, name, attributes });
  }
  return items;
}

function readScopeLogs(reader: Reader): ScopeContent {
  const content: ScopeContent = { scope: { name: '', version: '' }, records: [] };
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) content.scope = readScope(reader);
    else if (number === 2) content.records.push(readRecord(reader));
    else return false;
    return true;
  });
  return content;
}

function readRecord(reader: Reader): Record {
  const attributes: Attributes = {};
  let name = '';
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 6) readKeyValue(reader, attributes);
    else if (number === 12) name = reader.string();
    else return false;
    return true;
  });
  return { name: eventName(name, attributes), attributes };
}

/** Before logs had an `event_name`, the name was an attribute. */
export function eventName(name: string, attributes: Attributes): string {
  if (name !== '') return name;
  const attribute = attributes['event.name'];
  return typeof attribute === 'string' ? attribute : '';
}
