import { Ajv, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { plainSchema } from '../isolation/host-schema.js';

const OPTIONS: Options = { strict: false, allErrors: true, validateFormats: false, logger: false };
const ISSUES_MAX = 20;

/**
 * A check by a JSON Schema that another system told, for the place of a zod schema. It changes nothing of
 * what it checks. Regular expressions and formats are left out, since a stranger's could keep the host busy
 * for ever; the other system checks them. Throws when the schema cannot be used.
 */
export function jsonSchemaCheck(schema: Record<string, unknown>): z.ZodType {
  // An instance of its own for each schema: what was compiled is kept in it.
  const ajv = isOld(schema) ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  const validate = ajv.compile(plain(schema));
  return z.unknown().superRefine((value, context) => {
    if (validate(value)) return;
    for (const { instancePath, message = 'is not valid', params } of (validate.errors ?? []).slice(
      0,
      ISSUES_MAX,
    ))
      context.addIssue({
        code: 'custom',
        path: instancePath.split('/').slice(1),
        message: sentence(message, params as Record<string, unknown>),
      });
  });
}

const READERS = { old: new Ajv(OPTIONS), current: new Ajv2020(OPTIONS) };

/** Throws when the schema is none, or refers to what is not in it; costs little, unlike a check by it. */
export function assertJsonSchema(schema: Record<string, unknown>): void {
  const reader = isOld(schema) ? READERS.old : READERS.current;
  if (reader.validateSchema(plain(schema)) !== true) throw new Error(reader.errorsText(reader.errors));
}

function isOld({ $schema: dialect }: Record<string, unknown>): boolean {
  return typeof dialect === 'string' && /draft-0[67]/.test(dialect);
}

function plain({ $schema: _dialect, $id: _id, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return plainSchema(rest);
}

function sentence(message: string, params: Record<string, unknown>): string {
  const { additionalProperty, allowedValues } = params;
  if (typeof additionalProperty === 'string') return `"${additionalProperty}" is not expected here`;
  if (Array.isArray(allowedValues))
    return `must be one of ${allowedValues.map((one) => JSON.stringify(one)).join(', ')}`;
  return message;
}
