// Writes src/generated/openapi.types.ts from the API's committed description (services/api/openapi.json).
// Run it by: npm run generate -w @tutti/client
import { writeFile } from 'node:fs/promises';
import { generateTypes } from './openapi-types.mjs';

await writeFile(new URL('../src/generated/openapi.types.ts', import.meta.url), await generateTypes());
