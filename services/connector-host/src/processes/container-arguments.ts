import type { ContainerCall } from '@tutti/contracts';

/** Whose containers these are: `installation` is the same for all hosts over one database. */
export interface ContainerOwner {
  installation: string;
  host: string;
}

/** By which the hosts know their containers again. */
export const LABELS = {
  installation: 'tutti.installation',
  host: 'tutti.host',
  cleanup: 'tutti.cleanup',
  removeAfterMs: 'tutti.remove-after-ms',
} as const;

const PULL = { ifNotPresent: 'missing', always: 'always', never: 'never' } as const;

/** The command line of the engine, its own name left out. */
export function containerArguments(
  call: ContainerCall,
  { name, owner }: { name: string; owner: ContainerOwner },
): string[] {
  const args = ['run', `--name=${name}`, `--pull=${PULL[call.pullPolicy]}`];
  if (call.cleanup === 'always') args.push('--rm');
  if (call.stdin !== undefined) args.push('--interactive');
  args.push(...pairs('label', labels(call, owner), '='));
  args.push(...pairs('env', call.environment, '='), ...pairs('publish', call.ports, ':'));
  args.push(...pairs('volume', call.volumes, ':'));
  if (call.command === undefined) return [...args, call.image, ...call.arguments];
  return [...args, '--entrypoint=sh', call.image, '-c', call.command, 'sh', ...call.arguments];
}

function labels({ cleanup, removeAfterMs }: ContainerCall, owner: ContainerOwner): Record<string, string> {
  return {
    [LABELS.installation]: owner.installation,
    [LABELS.host]: owner.host,
    [LABELS.cleanup]: cleanup,
    ...(removeAfterMs !== undefined && { [LABELS.removeAfterMs]: String(removeAfterMs) }),
  };
}

function pairs(option: string, values: Record<string, string>, between: string): string[] {
  return Object.entries(values).map(([left, right]) => `--${option}=${left}${between}${right}`);
}
