import { openApiDocument, parsedText, type OpenApiDocument } from '@tutti/plugin-sdk/openapi';
import { parse } from 'yaml';
import { LIMITS } from '../limits.js';
import type { DocumentKind } from './document-cache.js';

export const OPENAPI_DOCUMENT: DocumentKind<OpenApiDocument> = {
  name: 'OpenAPI document',
  accept: 'application/json, application/yaml, text/yaml, */*;q=0.5',
  read: readDocument,
};

/** Reads a document in JSON or YAML. Throws OpenApiError when it is none. */
export function readDocument(text: string, address: URL): OpenApiDocument {
  return openApiDocument(parsed(text), address);
}

/** A document in JSON or YAML. */
export function parsed(text: string): unknown {
  return parsedText(text, { parse, lengthMax: LIMITS.openApiYamlBytesMax });
}
