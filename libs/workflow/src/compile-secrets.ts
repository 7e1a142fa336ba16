import { SECRET_NAME } from '@tutti/contracts';
import type { CompiledSecret } from './compiled.types.js';
import type { Compilation } from './compilation.js';

/** `.name`, `["name"]` or `."name"` of jq. */
const STEP = String.raw`(?:\s*\.\s*([A-Za-z_]\w*)|\s*\.?\s*\[\s*"([^"\\]*)"\s*\]|\s*\.\s*"([^"\\]*)")`;
const READ = new RegExp(String.raw`\$secrets${STEP}${STEP}?`, 'g');

/** Compiles `use.secrets`: the names, and which parts of each the document's expressions read. */
export function compileSecrets(compilation: Compilation): CompiledSecret[] {
  const { use, document } = compilation;
  const names = [...new Set(use.secrets ?? [])];
  names.forEach((name, index) => {
    if (SECRET_NAME.test(name)) return;
    const message = `"${name}" cannot be the name of a secret`;
    compilation.error('secret-name', `/use/secrets/${index}`, message);
    compilation.fix('Write at most 64 letters, digits, dots, dashes and underscores.');
  });
  if (names.length === 0) return [];
  const fields = fieldsRead(JSON.stringify(document).replaceAll('\\"', '"'));
  return names.map((name) => ({ name, fields: [...(fields.get(name) ?? [])].sort() }));
}

function fieldsRead(text: string): Map<string, Set<string>> {
  const fields = new Map<string, Set<string>>();
  for (const [, ...groups] of text.matchAll(READ)) {
    const name = groups[0] ?? groups[1] ?? groups[2];
    const field = groups[3] ?? groups[4] ?? groups[5];
    if (name === undefined || field === undefined || !SECRET_NAME.test(field)) continue;
    fields.set(name, (fields.get(name) ?? new Set()).add(field));
  }
  return fields;
}
