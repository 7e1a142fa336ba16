import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';

/** One place where a value breaks its schema. */
export interface SchemaFinding {
  /** JSON pointer into the value; empty for the value as a whole. */
  pointer: string;
  detail: string;
  [member: string]: unknown;
}

/** Checks a value: no findings means that it fits. */
export type SchemaCheck = (value: unknown) => SchemaFinding[];

const FINDINGS_MAX = 50;
const OPTIONS: Options = { strict: false, allErrors: true, validateSchema: true, logger: false };
// The package is CommonJS; its callable is the module's `default` member under Node's ESM rules.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

/**
 * Compiles a JSON Schema (2020-12, or draft 7 when it says so). Throws when the schema itself is not valid.
 */
export function compileSchema(schema: Record<string, unknown>): SchemaCheck {
  const { $schema: dialect, ...rest } = schema;
  // An instance of its own for each schema: two versions of one schema may carry the same $id.
  const ajv =
    typeof dialect === 'string' && /draft-0[67]/.test(dialect) ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  addFormats(ajv);
  const validate: ValidateFunction = ajv.compile(rest);
  return (value) => (validate(value) ? [] : findingsOf(validate.errors ?? []));
}

function findingsOf(errors: ErrorObject[]): SchemaFinding[] {
  return errors
    .slice(0, FINDINGS_MAX)
    .map((error) => ({ pointer: pointerOf(error), detail: sentenceOf(error) }));
}

/** For a missing or a surplus property the pointer names the property, not the object around it. */
function pointerOf(error: ErrorObject): string {
  const params = error.params as {
    missingProperty?: string;
    additionalProperty?: string;
    unevaluatedProperty?: string;
  };
  const property = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  return property === undefined
    ? error.instancePath
    : `${error.instancePath}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function sentenceOf(error: ErrorObject): string {
  const params = error.params as {
    missingProperty?: string;
    additionalProperty?: string;
    allowedValues?: unknown[];
  };
  if (params.missingProperty !== undefined) return `"${params.missingProperty}" is missing`;
  if (params.additionalProperty !== undefined) return `"${params.additionalProperty}" is not expected here`;
  if (params.allowedValues !== undefined)
    return `must be one of ${params.allowedValues.map((value) => JSON.stringify(value)).join(', ')}`;
  return error.message ?? 'is not valid';
}
