import { ArrayTooLong, deleteKeys, getIndex, setIndex } from './access.js';
import { compare, DEPTH_MAX, equals } from './compare.js';
import { raise } from './errors.js';
import type { Runtime } from './limits.js';
import { isObject, kindOf, setField } from './values.js';

function checkPath(path: unknown): readonly unknown[] {
  if (!Array.isArray(path)) {
    return raise('Path must be specified as an array');
  }
  return path.length > DEPTH_MAX ? raise('Path too deep') : path;
}

/** The value a path leads to; null once the path leaves the value. */
export function getPath(value: unknown, path: unknown): unknown {
  let current = value;
  for (const key of checkPath(path)) {
    current = getIndex(current, key);
  }
  return current;
}

/** A copy of `root` with `value` at `path`. */
export function setPath(
  root: unknown,
  path: unknown,
  { value, runtime }: { value: unknown; runtime: Runtime },
): unknown {
  const writer = new PathWriter(root, runtime);
  writer.set(checkPath(path), value);
  return writer.root;
}

/**
 * Writes to many paths of one value. Containers it has copied once are its own and are written in place the
 * next
 * time, which keeps `.[] |= f` linear; the value it began with is never touched.
 */
export class PathWriter {
  root: unknown;
  private owned: Set<unknown> | undefined;

  constructor(
    root: unknown,
    private readonly runtime: Runtime,
  ) {
    this.root = root;
  }

  /**
   * The value at a path, for a program to see; what a program has seen may be kept, so it is no longer ours.
   */
  take(path: readonly unknown[]): unknown {
    const value = getPath(this.root, path);
    if (this.owned?.has(value) === true) {
      this.owned = undefined;
    }
    return value;
  }

  set(path: readonly unknown[], value: unknown): void {
    checkPath(path);
    const containers: unknown[] = [this.root];
    const last = path.length - 1;
    for (let at = 0; at <= last; at += 1) {
      const container = containers[at];
      const key = path[at];
      const below = getIndex(container, key);
      if (at < last) {
        // jq finds a key that cannot be written before it goes deeper.
        this.checkWritable(container, key);
        containers.push(below);
      }
    }
    let updated = value;
    for (let at = last; at >= 0; at -= 1) {
      updated = this.write(containers[at], path[at], updated);
    }
    this.root = updated;
  }

  private write(container: unknown, key: unknown, field: unknown): unknown {
    this.runtime.step();
    if (this.owned?.has(container) === true && !isObject(key)) {
      return this.writeOwned(container, key, field);
    }
    this.runtime.spend(Array.isArray(container) ? container.length >> 4 : 1);
    try {
      const copy = setIndex(container, key, field, this.runtime.limits.arrayLength);
      (this.owned ??= new Set()).add(copy);
      return copy;
    } catch (failure) {
      if (failure instanceof ArrayTooLong) {
        this.runtime.over('arrayLength');
      }
      throw failure;
    }
  }

  private writeOwned(container: unknown, key: unknown, field: unknown): unknown {
    if (typeof key === 'string' && isObject(container)) {
      setField(container, key, field);
      return container;
    }
    if (
      Array.isArray(container) &&
      typeof key === 'number' &&
      Math.trunc(key) >= 0 &&
      key < container.length
    ) {
      container[Math.trunc(key)] = field;
      return container;
    }
    this.owned?.delete(container);
    return this.write(container, key, field);
  }

  /** Only an array key can be read but not written. */
  private checkWritable(container: unknown, key: unknown): void {
    if (typeof key !== 'number' && !Array.isArray(key)) {
      return;
    }
    const length = Array.isArray(container) ? container.length : 0;
    if (typeof key !== 'number' || key !== key || Math.trunc(key) + length < 0) {
      setIndex(container, key, null, this.runtime.limits.arrayLength);
    }
  }
}

/** A copy of `root` without what the paths lead to. */
export function deletePaths(root: unknown, paths: unknown, runtime: Runtime): unknown {
  if (!Array.isArray(paths)) {
    return raise('Paths must be specified as an array');
  }
  const sorted = paths.toSorted(compare) as unknown[];
  runtime.spend(sorted.length);
  for (const path of sorted) {
    if (!Array.isArray(path)) {
      raise(`Path must be specified as array, not ${kindOf(path)}`);
    } else if (path.length > DEPTH_MAX) {
      raise('Path too deep');
    }
  }
  const checked = sorted as unknown[][];
  if (checked.length === 0) {
    return root;
  }
  return checked[0]?.length === 0 ? null : deleteSorted(root, checked, { start: 0, runtime });
}

function deleteSorted(
  root: unknown,
  paths: readonly unknown[][],
  { start, runtime }: { start: number; runtime: Runtime },
): unknown {
  runtime.enter();
  let value = root;
  const keys: unknown[] = [];
  for (let from = 0; from < paths.length;) {
    const first = paths[from] as unknown[];
    const key = first[start];
    let to = from + 1;
    while (to < paths.length && equals(key, (paths[to] as unknown[])[start])) {
      to += 1;
    }
    if (first.length === start + 1) {
      keys.push(key);
    } else {
      const below = getIndex(value, key);
      if (below !== null) {
        const field = deleteSorted(below, paths.slice(from, to), { start: start + 1, runtime });
        value = setPath(value, [key], { value: field, runtime });
      }
    }
    from = to;
  }
  runtime.depth -= 1;
  return deleteKeys(value, keys);
}
