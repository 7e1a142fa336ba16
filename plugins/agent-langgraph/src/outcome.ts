import type { AgentTaskRunOutput, ModelUsage } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import type { Settings } from './settings.js';
import { Message, type Run, type State, textOf, type Tokens } from './wire.js';

const WORDS: Readonly<Partial<Record<Run['status'], string>>> = {
  error: 'failed',
  timeout: 'took longer than the server allows',
  interrupted: 'was stopped',
};

/** What a run that has ended came to, by the state of its thread. */
export function outcomeOf(
  run: Run,
  { thread, state, settings }: { thread: string; state: State; settings: Settings },
): AgentTaskRunOutput {
  const questions = state.tasks.flatMap(({ interrupts }) => interrupts.map(({ value }) => value ?? null));
  const asks = questions.length > 0;
  const words = asks ? undefined : WORDS[run.status];
  if (words !== undefined) throw failure(words, state);
  const { [settings.messagesKey]: said, ...rest } = state.values ?? {};
  const messages = latest(said);
  const answers = messages.filter(({ type }) => type.startsWith('ai') || type.startsWith('AI'));
  return {
    status: asks ? 'input-required' : 'completed',
    text: asks ? questions.map(wordsOf).join('\n') : (answers.map(textOf).findLast(Boolean) ?? ''),
    data: asks ? questions : Object.keys(rest).length === 0 ? [] : [rest],
    files: [],
    links: [],
    task: run.run_id,
    conversation: thread,
    usage: usageOf(answers.flatMap(({ usage_metadata: tokens }) => tokens ?? [])),
  };
}

function failure(words: string, { tasks, next }: State): PermanentError {
  const [error] = tasks.flatMap((task) => (task.error ? [wordsOf(task.error)] : []));
  const where = next.length === 0 ? '' : ` at ${next.join(', ')}`;
  return new PermanentError(`The graph ${words}${where}${error === undefined ? '.' : `: ${error}`}`, {
    status: 422,
    reason: 'rejected',
  });
}

/** The messages since the last one that a person wrote. */
function latest(said: unknown): Message[] {
  const messages = Message.array().safeParse(said).data ?? [];
  return messages.slice(messages.findLastIndex(({ type }) => type === 'human') + 1);
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function usageOf(all: Tokens[]): ModelUsage | null {
  if (all.length === 0) return null;
  const sum = (of: (tokens: Tokens) => number | undefined) =>
    all.reduce((total, tokens) => total + (of(tokens) ?? 0), 0);
  const cached = sum((tokens) => tokens.input_token_details?.cache_read);
  const reasoning = sum((tokens) => tokens.output_token_details?.reasoning);
  return {
    inputTokens: sum((tokens) => tokens.input_tokens),
    outputTokens: sum((tokens) => tokens.output_tokens),
    ...(cached > 0 && { cachedInputTokens: cached }),
    ...(reasoning > 0 && { reasoningTokens: reasoning }),
  };
}
