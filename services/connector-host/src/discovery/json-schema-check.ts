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
  const { $schema: dialect, $id: _id, ...rest } = schema;
  const isOld = typeof dialect === 'string' && /draft-0[67]/.test(dialect);
  const ajv = isOld ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  const validate = ajv.compile(plainSchema(rest));
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

function sentence(message: string, params: Record<string, unknown>): string {
  const { additionalProperty, allowedValues } = params;
  if (typeof additionalProperty === 'string') return `"${additionalProperty}" is not expected here`;
  if (Array.isArray(allowedValues))
    return `must be one of ${allowedValues.map((one) => JSON.stringify(one)).join(', ')}`;
  return message;
}
