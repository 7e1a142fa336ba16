import protobuf from 'protobufjs';
import { OpenApiError } from '@tutti/plugin-sdk/openapi';
import { wellKnown } from './well-known.js';

type Json = unknown;
type Message = Record<string, unknown>;

/**
 * A JSON value as what protobuf's own encoder takes, after proto3's JSON mapping: fields by their names in
 * lowerCamelCase or as they are in the file, enums by name, bytes in base64, 64-bit numbers as text or
 * number. Throws OpenApiError (`validation`) for a field that is not there or a value that does not fit it.
 */
export function toMessage(type: protobuf.Type, value: Json, where = ''): Message {
  const known = wellKnown(type);
  if (known !== undefined) return known.toMessage(value, where);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misfit(where, 'an object');
  const fields = fieldsOf(type);
  const message: Message = {};
  for (const [name, item] of Object.entries(value)) {
    const field = fields.get(name);
    if (field === undefined) throw unknownField(type, where, name);
    if (item !== null || isValue(field))
      message[field.name] = fieldToMessage(field, item, `${where}/${name}`);
  }
  return message;
}

/**
 * A message as JSON, after proto3's JSON mapping. Fields without presence are there with their default, so
 * that expressions find them; of the others only those that were sent.
 */
export function toJson(type: protobuf.Type, message: Message): Json {
  const known = wellKnown(type);
  if (known !== undefined) return known.toJson(message);
  const json: Record<string, Json> = {};
  for (const field of type.fieldsArray) {
    const sent = Object.hasOwn(message, field.name) && message[field.name] !== null;
    if (!sent && hasPresence(field)) continue;
    json[camelCase(field.name)] = fieldToJson(field, message[field.name]);
  }
  return json;
}

function hasPresence(field: protobuf.Field): boolean {
  if (field.repeated || field.map) return false;
  return field.resolvedType instanceof protobuf.Type || field.partOf !== null || field.hasPresence;
}

const FIELDS = new WeakMap<protobuf.Type, Map<string, protobuf.Field>>();

function fieldsOf(type: protobuf.Type): Map<string, protobuf.Field> {
  const known = FIELDS.get(type);
  if (known !== undefined) return known;
  const fields = new Map<string, protobuf.Field>();
  for (const field of type.fieldsArray) fields.set(camelCase(field.name), field).set(field.name, field);
  FIELDS.set(type, fields);
  return fields;
}

function camelCase(name: string): string {
  return name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `null` is a value of google.protobuf.Value; of all other fields it means that they are not set. */
function isValue(field: protobuf.Field): boolean {
  return field.resolvedType?.fullName === '.google.protobuf.Value';
}

function fieldToMessage(field: protobuf.Field, value: Json, where: string): unknown {
  if (field.map) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misfit(where, 'an object');
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, oneToMessage(field, item, `${where}/${key}`)]),
    );
  }
  if (!field.repeated) return oneToMessage(field, value, where);
  if (!Array.isArray(value)) throw misfit(where, 'a list');
  return value.map((item, index) => oneToMessage(field, item, `${where}/${index}`));
}

function oneToMessage(field: protobuf.Field, value: Json, where: string): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) return toMessage(resolvedType, value, where);
  if (resolvedType instanceof protobuf.Enum) return enumToMessage(resolvedType, value, where);
  return scalarToMessage(field.type, value, where);
}

function enumToMessage(type: protobuf.Enum, value: Json, where: string): number {
  if (Number.isInteger(value)) return value as number;
  const number =
    typeof value === 'string' && Object.hasOwn(type.values, value) ? type.values[value] : undefined;
  if (number === undefined) throw misfit(where, `one of ${Object.keys(type.values).slice(0, 20).join(', ')}`);
  return number;
}

const WIDE = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64']);
const UNSIGNED = new Set(['uint32', 'fixed32']);

function scalarToMessage(type: string, value: Json, where: string): unknown {
  switch (type) {
    case 'string':
      if (typeof value !== 'string') throw misfit(where, 'a text');
      return value;
    case 'bytes':
      if (typeof value !== 'string') throw misfit(where, 'bytes in base64');
      return Buffer.from(value, 'base64');
    case 'bool':
      if (typeof value !== 'boolean') throw misfit(where, 'true or false');
      return value;
    case 'float':
    case 'double':
      return floatToMessage(value, where);
    default:
      return WIDE.has(type) ? wideToMessage(type, value, where) : intToMessage(type, value, where);
  }
}

function floatToMessage(value: Json, where: string): number {
  const special = value === 'NaN' || value === 'Infinity' || value === '-Infinity';
  if (typeof value !== 'number' && !special) throw misfit(where, 'a number');
  return Number(value);
}

function intToMessage(type: string, value: Json, where: string): number {
  const [from, to] = UNSIGNED.has(type) ? [0, 0xffffffff] : [-0x80000000, 0x7fffffff];
  if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return value as number;
  throw misfit(where, `a whole number from ${from} to ${to}`);
}

function wideToMessage(type: string, value: Json, where: string): unknown {
  const unsigned = type === 'uint64' || type === 'fixed64';
  const whole = Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,20}$/.test(value));
  if (!whole || (unsigned && String(value).startsWith('-'))) throw misfit(where, 'a whole number');
  return value;
}

function fieldToJson(field: protobuf.Field, value: unknown): Json {
  if (field.map) {
    const entries = Object.entries((value ?? {}) as Message);
    return Object.fromEntries(entries.map(([key, item]) => [key, oneToJson(field, item)]));
  }
  if (field.repeated) return ((value ?? []) as unknown[]).map((item) => oneToJson(field, item));
  return oneToJson(field, value);
}

function oneToJson(field: protobuf.Field, value: unknown): Json {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) return toJson(resolvedType, value as Message);
  if (resolvedType instanceof protobuf.Enum)
    return resolvedType.valuesById[value as number] ?? (value as number);
  if (WIDE.has(field.type)) return String(value);
  if (field.type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}

function misfit(where: string, what: string): OpenApiError {
  return new OpenApiError('validation', `The argument ${where === '' ? '/' : where} must be ${what}.`);
}

function unknownField(type: protobuf.Type, where: string, name: string): OpenApiError {
  const names = type.fieldsArray.slice(0, 20).map((field) => camelCase(field.name));
  const has = names.length === 0 ? 'no fields' : names.join(', ');
  return new OpenApiError('validation', `There is no field ${where}/${name}: ${type.name} has ${has}.`);
}
