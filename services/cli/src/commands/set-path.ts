import { CliError, EXIT } from '../session/io.js';

/**
 * The keys of a path: a JSON pointer (`/supplier/iban`), or names with dots (`supplier.iban`,
 * `lines.0.quantity`).
 */
export function keysOf(path: string): string[] {
  if (path.startsWith('/'))
    return path
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return path.split('.');
}

/**
 * A copy of `data` with the value at the path replaced. A value that stands for a text stays a text (`0123`
 * must not become 123); anything else is
 * taken as JSON when it is, else as text.
 */
export function setPath(data: unknown, path: string, text: string): unknown {
  const keys = keysOf(path);
  if (path === '' || keys.some((key) => key === '' || key === '__proto__'))
    throw new CliError(`--set: "${path}" is not a path.`, EXIT.usage);
  return replaced(data, { keys, path, text });
}

function replaced(data: unknown, at: { keys: string[]; path: string; text: string }): unknown {
  const [key, ...rest] = at.keys;
  if (key === undefined) return valueOf(at.text, data);
  if (Array.isArray(data)) {
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0 || index > data.length)
      throw new CliError(
        `--set: "${at.path}": there is no place ${key} in a list of ${data.length}.`,
        EXIT.usage,
      );
    const copy = [...(data as unknown[])];
    copy[index] = replaced(data[index], { ...at, keys: rest });
    return copy;
  }
  if (data !== null && data !== undefined && typeof data !== 'object')
    throw new CliError(`--set: "${at.path}": there is nothing below a plain value.`, EXIT.usage);
  const object = (data ?? {}) as Record<string, unknown>;
  return {
    ...object,
    [key]: replaced(Object.hasOwn(object, key) ? object[key] : undefined, { ...at, keys: rest }),
  };
}

function valueOf(text: string, before: unknown): unknown {
  if (typeof before === 'string') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
