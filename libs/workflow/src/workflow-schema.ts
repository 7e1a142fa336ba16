import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';

// The package is CommonJS: under Node's ESM its plugin is the module's `default`.
const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;
// The format that comes with ajv-formats refuses names with dots, which RFC 6570 (section 2.3) and the DSL
// allow.
const URI_TEMPLATE = /^(?:[^\x00-\x20"'<>\\^`{|}]|\{[+#./;?&=,!@|]?[\w.%,:*-]+\})*$/;
const ID = 'serverless-workflow';

/** A compiled schema; `errors` are those of the last call. */
export interface SchemaValidator {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

let schema: Record<string, unknown> | undefined;
let ajv: Ajv2020 | undefined;

/** The specification's JSON Schema of a document (see NOTICE), for checks and for completion in an editor. */
export function workflowSchema(): Record<string, unknown> {
  schema ??= withCertificates(
    JSON.parse(readFileSync(new URL('../schema/workflow-schema.json', import.meta.url), 'utf8')) as Record<
      string,
      unknown
    >,
  );
  return schema;
}

/** The reference of the language has `certificate` among the authentications, its schema forgot it. */
function withCertificates(written: Record<string, unknown>): Record<string, unknown> {
  const { authenticationPolicy: policy } = written.$defs as { authenticationPolicy: { oneOf: unknown[] } };
  const certificate = { $ref: '#/$defs/secretBasedAuthenticationPolicy' };
  const title = 'CertificateAuthenticationPolicy';
  policy.oneOf.push({ title, properties: { certificate }, required: ['certificate'] });
  return written;
}

/**
 * A validator of the whole schema (pointer ``) or of a part of it. Compiled once, because that takes 0.3 s.
 */
export function schemaValidator(pointer: string): SchemaValidator {
  if (ajv === undefined) {
    ajv = new Ajv2020({ allErrors: true, strict: false, logger: false });
    addFormats(ajv);
    ajv.addFormat('uri-template', URI_TEMPLATE);
    ajv.addSchema(workflowSchema(), ID);
  }
  const validate = ajv.getSchema(pointer === '' ? ID : `${ID}#${pointer}`);
  if (validate === undefined) throw new Error(`The workflow schema has no part ${pointer}`);
  return validate as SchemaValidator;
}

export type { ErrorObject };
