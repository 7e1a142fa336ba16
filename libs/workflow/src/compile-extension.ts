import type { CompiledExtension } from './compiled.types.js';
import { inside, START, type Compilation } from './compilation.js';
import { compileList } from './compile-list.js';
import type { ExtensionDefinition } from './document.types.js';
import { pointerToken } from './pointer.js';

/**
 * Compiles `use.extensions`, before any task that they extend. Their own tasks are not extended, nor those of
 * functions that they call: an extension of all calls would call itself for ever.
 */
export function compileExtensions(compilation: Compilation): CompiledExtension[] {
  return (compilation.use.extensions ?? []).flatMap((item, index) =>
    Object.entries(item).map(([name, definition]) => {
      const pointer = `/use/extensions/${index}/${pointerToken(name)}`;
      return compileExtension(compilation, { name, pointer, definition });
    }),
  );
}

function compileExtension(
  compilation: Compilation,
  { name, pointer, definition }: { name: string; pointer: string; definition: ExtensionDefinition },
): CompiledExtension {
  const { extend, when, before, after } = definition;
  const place = { ...START, pointer, extending: true };
  const list = (key: 'before' | 'after') =>
    compileList(compilation, definition[key] ?? [], { place: inside(place, key) });
  return {
    name,
    pointer,
    extend,
    ...(when !== undefined && { when: compilation.bare(when, `${pointer}/when`, place.scope) }),
    ...(before !== undefined && { before: list('before') }),
    ...(after !== undefined && { after: list('after') }),
  };
}
