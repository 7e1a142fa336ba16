import { AIMessage } from '@langchain/core/messages';
import { Annotation, END, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

const State = Annotation.Root({ ...MessagesAnnotation.spec, steps: Annotation(), answer: Annotation() });

/** An agent without a model: what it is told says what it does. */
async function act({ messages, steps }) {
  const told = messages.at(-1)?.content ?? '';
  if (told === 'fail') throw new Error('The printer is out of paper.');
  if (told === 'wait') await new Promise((done) => setTimeout(done, 600_000));
  const answer = told === 'ask' ? interrupt('For whom?') : null;
  const usage_metadata = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
  const content = answer === null ? `Did: ${told}` : `Did it for ${answer}`;
  return { messages: [new AIMessage({ content, usage_metadata })], answer, steps: (steps ?? 0) + 1 };
}

export const graph = new StateGraph(State)
  .addNode('act', act)
  .addEdge(START, 'act')
  .addEdge('act', END)
  .compile();
