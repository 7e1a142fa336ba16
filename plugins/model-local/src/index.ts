import * as model from '@tutti/contracts';
import { definePlugin, PermanentError } from '@tutti/plugin-sdk';
import { callUsage, embedCapability } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { classifyText } from './classify.js';
import { DIMENSIONS, Encoder, MODEL } from './encoder.js';

/** One for the process, whatever connections there are: they have the same model. */
export const encoder = new Encoder();

/** Calls that wait for the thread; it works off one after the other. */
const CALLS_AT_ONCE_MAX = 4;
const who = () => ({ provider: 'tutti.local', free: true });

function refuseOther(given: { model?: string | undefined; dimensions?: number | undefined }): void {
  if (given.model !== undefined && given.model !== MODEL)
    throw new PermanentError(`There is no local model "${given.model}", only "${MODEL}".`, { status: 404 });
  if (given.dimensions !== undefined && given.dimensions !== DIMENSIONS)
    throw new PermanentError(`The vectors of "${MODEL}" have ${DIMENSIONS} dimensions.`, { status: 422 });
}

/** A model that comes with the hub and runs on its own machine: nothing leaves it, and nothing is paid. */
export default definePlugin({
  contract: 1,
  name: 'model-local',
  kind: 'model',
  summary: 'Models on the hub’s own machine: vectors of texts, and classes by examples.',
  settings: z.object({}),
  async health({ signal }) {
    await encoder.encode(['Does it work?'], signal);
    return `${MODEL}, ${DIMENSIONS} dimensions`;
  },
  capabilities: {
    'model.embed': {
      ...embedCapability<Record<never, never>>(async (input, { signal }) => {
        refuseOther(input);
        const embeddings = await encoder.encode(input.texts, signal);
        return { embeddings: embeddings.map((vector) => [...vector]), model: MODEL, usage: null };
      }, who),
      concurrency: CALLS_AT_ONCE_MAX,
    },
    'model.classify': {
      summary: 'Say which class a text belongs to, by the nearness to examples of each.',
      effect: 'read',
      input: model.ModelClassifyInput,
      output: model.ModelClassifyOutput,
      concurrency: CALLS_AT_ONCE_MAX,
      run({ input, signal }) {
        refuseOther(input);
        return classifyText(encoder, input, signal);
      },
      cost: ({ output }) => callUsage(output, who()),
    },
  },
});
