import openapiTS, { astToString } from 'openapi-typescript';

const DESCRIPTION = new URL('../../../services/api/openapi.json', import.meta.url);
const HEAD =
  '// Generated from services/api/openapi.json by `npm run generate -w @tutti/client`. Do not edit.\n';

/** The types of the API's description, as TypeScript text. */
export async function generateTypes() {
  return `${HEAD}${astToString(await openapiTS(DESCRIPTION, { defaultNonNullable: false }))}`;
}
