import type { Problem } from '@tutti/contracts';
import type { Fault } from '@/features/schema-form/prepare/check';
import type { Field } from '@/features/schema-form/prepare/fields';
import { valueAt, withValueAt } from '@/features/schema-form/prepare/pointer';

/**
 * What the hub refused, as faults beside the fields of the form; `rest` tells whether some of it has no field
 * there. A missing property is told at its parent, so the name in quotes is looked for as well.
 */
export function refusedFaults(field: Field, problem: Problem): { faults: Fault[]; rest: boolean } {
  const fields = fieldsOf(field).filter(({ pointer }) => pointer !== '');
  const errors = problem.errors ?? [];
  const faults = errors.flatMap(({ pointer = '', detail }) => {
    const name = /["'`]([^"'`]+)["'`]/.exec(detail)?.[1];
    const places = name === undefined ? [pointer] : [`${pointer}/${name}`, pointer];
    const place = places.find((each) => fields.some((known) => known.pointer === each));
    if (place !== undefined) return [{ pointer: place, text: detail }];
    // Entries of lists have no field of their own in the form's plan.
    const list = fields.find((each) => each.kind === 'list' && pointer.startsWith(`${each.pointer}/`));
    return list === undefined ? [] : [pointer, list.pointer].map((at) => ({ pointer: at, text: detail }));
  });
  const placed = new Set(faults.map(({ text }) => text));
  return { faults, rest: errors.length === 0 || errors.some(({ detail }) => !placed.has(detail)) };
}

function fieldsOf(field: Field): Field[] {
  return [field, ...field.children.flatMap(fieldsOf)];
}

/** The input without what was cleared again: an optional text that is empty was not given. */
export function sendable(field: Field, value: unknown): unknown {
  return field.children.reduce((all, child) => {
    if (child.kind === 'object') return sendable(child, all);
    const own = valueAt(all, child.pointer);
    return own === '' && !child.required ? withValueAt(all, child.pointer, undefined) : all;
  }, value);
}
