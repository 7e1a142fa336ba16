import { TRIGGER_KINDS } from '@tutti/contracts';
import { z } from 'zod';
import { secretSettings } from './describe.js';
import { described, OPERATION_NAME, type PluginFinding } from './finding.js';
import type { HookVerification, Trigger } from './trigger.js';

const SECONDS_MAX = 86_400;
const SCHEMA = z.instanceof(z.ZodType, { error: 'not a zod schema' });
const Name = z.string().min(1);

/** How requests are verified, as far as its shape goes. */
export const HookVerificationShape: z.ZodType<HookVerification> = z.discriminatedUnion('scheme', [
  z.strictObject({
    scheme: z.literal('hmac'),
    header: Name,
    algorithm: z.enum(['sha1', 'sha256', 'sha512']),
    encoding: z.enum(['hex', 'base64']),
    secret: Name,
    secretEncoding: z.enum(['text', 'base64']).optional(),
    secretPrefix: Name.optional(),
    prefix: Name.optional(),
    signed: z
      .string()
      .includes('{body}', {
        error: 'has no {body} in it: a signature that leaves the body out proves nothing',
      })
      .optional(),
    timestamp: z.union([z.strictObject({ header: Name }), z.strictObject({ prefix: Name })]).optional(),
    toleranceSeconds: z.int().min(1).max(SECONDS_MAX).optional(),
  }),
  z.strictObject({ scheme: z.literal('token'), header: Name, prefix: Name.optional(), secret: Name }),
  z.strictObject({ scheme: z.literal('basic'), user: Name, password: Name }),
]) as z.ZodType<HookVerification>;

/** What a host needs of every trigger. */
export const TriggerShape = z
  .object({
    summary: z.string().min(1),
    kind: z.enum(TRIGGER_KINDS),
    event: SCHEMA,
    options: z.instanceof(z.ZodObject, { error: 'not a zod object' }).optional(),
    intervalSeconds: z.int().min(1).max(SECONDS_MAX).optional(),
    poll: z.function().optional(),
    stream: z.function().optional(),
    webhook: z.function().optional(),
    verify: HookVerificationShape.optional(),
    subscribe: z.function().optional(),
    unsubscribe: z.function().optional(),
  })
  .refine((trigger) => trigger[trigger.kind] !== undefined, {
    error: ({ input }) => {
      const { kind } = input as { kind: string };
      return `The trigger is of kind "${kind}" and has no function "${kind}".`;
    },
  });

/** What is wrong with one trigger of a plugin whose shape is right. */
export function verifyTrigger(of: {
  name: string;
  trigger: Trigger;
  settings: z.ZodObject;
}): PluginFinding[] {
  const { name, trigger, settings } = of;
  const place = `triggers/${name}`;
  const findings: PluginFinding[] = [];
  if (!OPERATION_NAME.test(name))
    findings.push({
      place,
      message: `"${name}" is not <noun>.<what happened> in lower case, such as "crm.contact.changed".`,
    });
  for (const [side, io] of [
    ['event', 'output'],
    ['options', 'input'],
  ] as const) {
    const schema = trigger[side];
    if (schema === undefined) continue;
    const told = described(
      `${place}/${side}`,
      () => z.toJSONSchema(schema, { io }) as Record<string, unknown>,
    );
    if ('finding' in told) findings.push(told.finding);
    else if (side === 'options' && JSON.stringify(told.value).includes('"secret":true'))
      findings.push({
        place: `${place}/options`,
        message: 'A document holds no secrets: make it a setting of the connection.',
      });
  }
  if (trigger.kind === 'webhook' && trigger.verify !== undefined)
    findings.push(...verifySecrets(trigger.verify, settings, `${place}/verify`));
  return findings;
}

function verifySecrets(verify: HookVerification, settings: z.ZodObject, place: string): PluginFinding[] {
  const secrets = secretSettings({ settings });
  const named = verify.scheme === 'basic' ? verify.password : verify.secret;
  const findings: PluginFinding[] = secrets.includes(named)
    ? []
    : [{ place, message: `"${named}" is no secret of the settings: mark it with .meta({ secret: true }).` }];
  if (verify.scheme === 'basic' && !Object.hasOwn(settings.shape, verify.user))
    findings.push({ place, message: `"${verify.user}" is none of the settings.` });
  return findings;
}
