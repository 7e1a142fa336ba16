/**
 * The keyword of every kind of task in the specification; `for` comes before `do`, because a loop has both.
 */
export const TASK_KEYWORDS = [
  'call',
  'emit',
  'for',
  'fork',
  'listen',
  'raise',
  'run',
  'set',
  'switch',
  'try',
  'wait',
  'do',
] as const;
export type TaskKeyword = (typeof TASK_KEYWORDS)[number];

/** The kinds that a task's keywords name: exactly one in a task that is right. */
export function taskKinds(task: object): TaskKeyword[] {
  const kinds = TASK_KEYWORDS.filter((keyword) => Object.hasOwn(task, keyword));
  return kinds.length === 2 && kinds[0] === 'for' && kinds[1] === 'do' ? ['for'] : kinds;
}

/** Pointers of the task lists inside a task, relative to it. */
export const NESTED_LISTS: Partial<Record<TaskKeyword, readonly (readonly string[])[]>> = {
  do: [['do']],
  for: [['do']],
  try: [['try'], ['catch', 'do']],
  fork: [['fork', 'branches']],
  listen: [['foreach', 'do']],
  call: [['with', 'subscription', 'foreach', 'do']],
};
