import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { SchemaCheck } from './compiled.types.js';

const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;
const VIOLATIONS_MAX = 20;

/** Compiles a JSON Schema (2020-12) of a workflow. Throws an Error that says why when it is none. */
export function compileSchema(schema: unknown): SchemaCheck {
  // Each schema gets its own instance: two documents may use the same `$id` for different schemas.
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false, validateSchema: true });
  addFormats(ajv);
  const validate = ajv.compile(schema as Record<string, unknown> | boolean);
  return (value) => {
    if (validate(value)) return null;
    return (validate.errors ?? []).slice(0, VIOLATIONS_MAX).map((error) => ({
      pointer: error.instancePath,
      detail: describe(error.message ?? 'is not valid', error.params as Record<string, unknown>),
    }));
  };
}

function describe(message: string, params: Record<string, unknown>): string {
  const extra = params.additionalProperty ?? params.unevaluatedProperty;
  if (extra !== undefined) return `${message}: ${JSON.stringify(extra)}`;
  return params.allowedValues === undefined ? message : `${message}: ${JSON.stringify(params.allowedValues)}`;
}
