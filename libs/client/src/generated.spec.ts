import { readFile } from 'node:fs/promises';

describe('the generated types', () => {
  it('are those of the API as it is described now', async () => {
    const { generateTypes } = (await import(
      new URL('../scripts/openapi-types.mjs', import.meta.url).href
    )) as { generateTypes: () => Promise<string> };
    // On failure: npm run generate -w @tutti/client
    expect(await readFile(new URL('./generated/openapi.types.ts', import.meta.url), 'utf8')).toBe(
      await generateTypes(),
    );
  });
});
