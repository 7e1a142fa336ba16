import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given: the keys of an AWS account, or a key of Bedrock alone. */
export const Settings = z.object({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1')
    .describe('Region of AWS'),
  accessKeyId: z.string().min(1).optional().describe('Of a user that may call bedrock:InvokeModel'),
  secretAccessKey: z.string().min(1).optional().meta({ secret: true }),
  sessionToken: z.string().min(1).optional().meta({ secret: true }).describe('Of temporary keys'),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('A key of Bedrock, in the place of those of an account'),
  model: z.string().min(1).describe('Id of the model or of its inference profile, when the call names none'),
  endpoint: z.url().optional().describe('Another address than that of the region, for a private endpoint'),
});
export type Settings = z.output<typeof Settings>;

export function addressOf({ region, endpoint }: Settings): string {
  return endpoint ?? `https://bedrock-runtime.${region}.amazonaws.com`;
}

/** The host signs with the keys of an account, or shows the key of Bedrock. */
export function httpDefaults(settings: Settings): HttpDefaults {
  const { region, accessKeyId, secretAccessKey, sessionToken, apiKey } = settings;
  const baseUrl = addressOf(settings);
  if (apiKey !== undefined) return { baseUrl, headers: { authorization: `Bearer ${apiKey}` } };
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('Give accessKeyId and secretAccessKey, or apiKey.');
  return {
    baseUrl,
    sign: {
      kind: 'aws-sig-v4',
      region,
      service: 'bedrock',
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
  };
}

export function pathOf(model: string): string {
  return `/model/${encodeURIComponent(model)}/converse`;
}
