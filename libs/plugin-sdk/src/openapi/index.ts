export {
  buildRequest,
  planOperation,
  plannedRequest,
  type OperationPlan,
  type OperationRequest,
} from './build-request.js';
export {
  allOperations,
  openApiDocument,
  parsedText,
  type OpenApiDocument,
  type Operation,
  type YamlParser,
} from './openapi-document.js';
export { OpenApiError } from './openapi-error.js';
export { parametersOf, type Parameter } from './parameter.js';
export { isObject, listOf, member, resolved, textOf, type JsonObject } from './references.js';
export { bodyShape, type BodyShape } from './request-content.js';
export { serverAddress } from './server-address.js';
