import type { ModelMessage } from '@tutti/contracts';

/** A message that is part of the talk: what the system is told goes elsewhere with most providers. */
export type ModelConversationMessage = Exclude<ModelMessage, { role: 'system' }>;

/** What one side says before the other does, in the parts of a provider. */
export interface ModelTurn<Role extends string, Part> {
  role: Role;
  parts: Part[];
}

/** What the system is told, in one text; undefined: nothing. */
export function systemText(messages: readonly ModelMessage[]): string | undefined {
  const told = messages.flatMap(({ role, content }) => (role === 'system' ? [content as string] : []));
  return told.length === 0 ? undefined : told.join('\n\n');
}

/**
 * The talk in turns that alternate, as providers want it that know two sides only: neighbours of one role,
 * such as the results of tools that were asked for together, become one turn.
 */
export async function turnsOf<Role extends string, Part>(
  messages: readonly ModelMessage[],
  partsOf: (
    message: ModelConversationMessage,
    index: number,
  ) => Promise<ModelTurn<Role, Part>> | ModelTurn<Role, Part>,
): Promise<ModelTurn<Role, Part>[]> {
  const turns: ModelTurn<Role, Part>[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'system') continue;
    const { role, parts } = await partsOf(message, index);
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts] });
  }
  return turns;
}
