import { ArtifactRef } from '@tutti/contracts';
import { z } from 'zod';

/** What a person is asked. */
export const Question = z.object({
  name: z.string().describe('under which the answer is given'),
  message: z.string(),
  schema: z.record(z.string(), z.unknown()).describe('of the form; empty when an address is to be opened'),
  url: z.string().nullable().describe('an address that the person is to open, instead of a form'),
});

/** What a person answered, by the names of the questions. */
export const Answers = z.record(
  z.string(),
  z.object({
    action: z.enum(['accept', 'decline', 'cancel']),
    content: z.record(z.string(), z.unknown()).optional(),
  }),
);
export type Answers = z.infer<typeof Answers>;

/** What a tool gave. */
export const ToolOutput = z.object({
  status: z.enum(['completed', 'input-required']),
  text: z.string().describe('its texts, one to a line; of what it asks, the questions'),
  value: z.unknown().describe('its structured content; null when there is none'),
  files: z.array(ArtifactRef).describe('its images, sounds and embedded files'),
  questions: z.array(Question).describe('what a person has to answer before the tool goes on'),
  state: z.string().nullable().describe('to be given back with the answers'),
});
export type ToolOutput = z.infer<typeof ToolOutput>;
