type Schema = Record<string, unknown>;

const CHILDREN = ['items', 'not'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const MAPS = ['properties', '$defs', 'definitions'];

/**
 * The schema as structured output wants it: every object says that it has no other properties. Words that the
 * API does not know (such as `minimum`) are refused by it with their name, and stay what the author wrote.
 */
export function strictSchema(schema: Schema): Schema {
  const strict: Schema = Object.fromEntries(
    Object.entries(schema).map(([word, value]) => [word, strictValue(word, value)]),
  );
  return strict['type'] === 'object' ? { ...strict, additionalProperties: false } : strict;
}

function strictValue(word: string, value: unknown): unknown {
  if (CHILDREN.includes(word)) return strictOrAsItIs(value);
  if (LISTS.includes(word) && Array.isArray(value)) return value.map(strictOrAsItIs);
  if (MAPS.includes(word) && isSchema(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, strictOrAsItIs(one)]));
  return value;
}

function strictOrAsItIs(value: unknown): unknown {
  return isSchema(value) ? strictSchema(value) : value;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
