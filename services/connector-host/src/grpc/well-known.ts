import type protobuf from 'protobufjs';
import { OpenApiError } from '@tutti/plugin-sdk/openapi';

type Message = Record<string, unknown>;

/** How a type of the protobuf library is written in JSON, where that is not as its fields. */
interface Mapping {
  toMessage(value: unknown, where: string): Message;
  toJson(message: Message): unknown;
}

/** The JSON mapping of one of the protobuf library's own types. */
export function wellKnown(type: protobuf.Type): Mapping | undefined {
  const name = type.fullName.startsWith('.google.protobuf.') ? type.fullName.slice(17) : '';
  return Object.hasOwn(MAPPINGS, name) ? MAPPINGS[name] : undefined;
}

const NANOS = 1_000_000_000;

const TIMESTAMP: Mapping = {
  toMessage(value, where) {
    const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(ms)) throw misfit(where, 'a time such as 2026-01-31T12:00:00Z');
    const digits = /\.(\d{1,9})/.exec(value as string)?.[1] ?? '';
    return { seconds: Math.floor(ms / 1000), nanos: Number(digits.padEnd(9, '0')) };
  },
  toJson({ seconds = 0, nanos = 0 }) {
    const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
    return `${whole}${fraction(Number(nanos))}Z`;
  },
};

const DURATION: Mapping = {
  toMessage(value, where) {
    const match = typeof value === 'string' ? /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(value) : null;
    if (match === null) throw misfit(where, 'a duration in seconds such as 1.5s');
    const sign = match[1] === '-' ? -1 : 1;
    return {
      seconds: sign * Number(match[2]),
      nanos: sign * Number((match[3] ?? '').padEnd(9, '0')),
    };
  },
  toJson({ seconds = 0, nanos = 0 }) {
    const negative = Number(seconds) < 0 || Number(nanos) < 0;
    return `${negative ? '-' : ''}${Math.abs(Number(seconds))}${fraction(Math.abs(Number(nanos)))}s`;
  },
};

/** Nothing, or three, six or nine digits. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos % NANOS).padStart(9, '0');
  return `.${digits.replace(/(?:000){1,2}$/, '')}`;
}

/** Any JSON value as a google.protobuf.Value. */
function valueOf(value: unknown): Message {
  if (value === null || value === undefined) return { nullValue: 0 };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Array.isArray(value) ? { listValue: listOf(value) } : { structValue: structOf(value) };
}

function structOf(value: object): Message {
  return { fields: Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueOf(item)])) };
}

function listOf(items: unknown[]): Message {
  return { values: items.map(valueOf) };
}

function jsonOf(value: Message): unknown {
  for (const kind of ['numberValue', 'stringValue', 'boolValue'])
    if (Object.hasOwn(value, kind)) return value[kind];
  if (Object.hasOwn(value, 'listValue')) return LIST.toJson(value.listValue as Message);
  return Object.hasOwn(value, 'structValue') ? STRUCT.toJson(value.structValue as Message) : null;
}

const STRUCT: Mapping = {
  toMessage(value, where) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misfit(where, 'an object');
    return structOf(value);
  },
  toJson({ fields }) {
    const entries = Object.entries((fields ?? {}) as Record<string, Message>);
    return Object.fromEntries(entries.map(([key, item]) => [key, jsonOf(item)]));
  },
};

const LIST: Mapping = {
  toMessage(value, where) {
    if (!Array.isArray(value)) throw misfit(where, 'a list');
    return listOf(value);
  },
  toJson: ({ values }) => ((values ?? []) as Message[]).map(jsonOf),
};

const FIELD_MASK: Mapping = {
  toMessage(value, where) {
    if (typeof value !== 'string') throw misfit(where, 'names of fields with commas between them');
    const paths = value.split(',').filter((path) => path !== '');
    return { paths: paths.map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)) };
  },
  toJson: ({ paths }) =>
    ((paths ?? []) as string[])
      .map((path) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
      .join(','),
};

/** A wrapper is written as what it wraps; `kind` is the type of that. */
function wrapper(kind: 'number' | 'wide' | 'boolean' | 'string' | 'bytes'): Mapping {
  const type = kind === 'wide' ? 'string' : kind === 'bytes' ? 'string' : kind;
  return {
    toMessage(value, where) {
      const fits = typeof value === type || (kind === 'wide' && Number.isSafeInteger(value));
      if (!fits) throw misfit(where, `a ${kind === 'wide' ? 'whole number' : kind}`);
      return { value: kind === 'bytes' ? Buffer.from(value as string, 'base64') : value };
    },
    toJson({ value }) {
      if (kind === 'bytes') return Buffer.from((value ?? '') as Uint8Array).toString('base64');
      return kind === 'wide'
        ? String(value ?? 0)
        : (value ?? { number: 0, boolean: false, string: '' }[kind]);
    },
  };
}

const MAPPINGS: Readonly<Record<string, Mapping>> = {
  Timestamp: TIMESTAMP,
  Duration: DURATION,
  Struct: STRUCT,
  ListValue: LIST,
  Value: { toMessage: valueOf, toJson: jsonOf },
  FieldMask: FIELD_MASK,
  DoubleValue: wrapper('number'),
  FloatValue: wrapper('number'),
  Int32Value: wrapper('number'),
  UInt32Value: wrapper('number'),
  Int64Value: wrapper('wide'),
  UInt64Value: wrapper('wide'),
  BoolValue: wrapper('boolean'),
  StringValue: wrapper('string'),
  BytesValue: wrapper('bytes'),
};

function misfit(where: string, what: string): OpenApiError {
  return new OpenApiError('validation', `The argument ${where} must be ${what}.`);
}
