interface TrialCall {
  plugin: string;
  capability: { name: string; effect: 'read' | 'idempotent-write' | 'write' };
  connection: string;
  input: unknown;
}

/** The command that does the same as the form, to copy into a script. */
export function trialCommand({ plugin, capability, connection, input }: TrialCall): string {
  const text = JSON.stringify(input ?? {}).replaceAll("'", `'\\''`);
  const yes = capability.effect === 'read' ? '' : ' --yes';
  const call = `npx tutti plugins try ${plugin} ${capability.name}`;
  return `${call} --connection ${connection} --input '${text}'${yes}`;
}
