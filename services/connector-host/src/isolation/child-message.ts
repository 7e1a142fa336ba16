import {
  ArtifactRef,
  DeclaredHosts,
  Effect,
  FallbackReason,
  RateLimit,
  type CallUsage,
  TRIGGER_KINDS,
} from '@tutti/contracts';
import { CONTRACT_RANGE, HTTP_PORT_METHODS, HookVerificationShape, PLUGIN_KINDS } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { LIMITS } from '../limits.js';
import { PARTIAL_LENGTH_MAX } from './guest-partial.js';
import type { Ask, ChildMessage, Opened, Packed, Ran, Ready } from './messages.js';
import type { ToldError } from './told-error.js';

/** What the process of a plugin may say: it is a stranger, so nothing is taken as it comes. */

const Id = z.int().nonnegative();
const Text = z.string().max(8_192);
const Values = z.record(z.string(), z.unknown());

const Usage: z.ZodType<CallUsage> = z.object({
  inputTokens: z.int().nonnegative().optional(),
  cachedInputTokens: z.int().nonnegative().optional(),
  outputTokens: z.int().nonnegative().optional(),
  model: z.string().max(300).optional(),
  provider: z.string().max(300).optional(),
  costMicros: z.int().nonnegative().optional(),
  currency: z.string().max(10).optional(),
  priceTable: z.string().max(100).optional(),
}) as z.ZodType<CallUsage>;

const Told: z.ZodType<ToldError> = z.object({
  fate: z.enum(['permanent', 'transient', 'defect']),
  message: Text,
  stack: Text.optional(),
  status: z.int().optional(),
  type: Text.optional(),
  reason: FallbackReason.optional(),
  reply: z.unknown().optional(),
  usage: Usage.optional(),
  retryAfterMs: z.number().nonnegative().optional(),
}) as z.ZodType<ToldError>;

const FIELDS_MAX = 1_000;
const Field = z.object({ name: Text });
const Body: z.ZodType<Packed> = z.union([
  z.object({ file: ArtifactRef }),
  z.object({
    fields: z
      .array(
        z.union([
          Field.extend({ file: ArtifactRef, fileName: Text.optional() }),
          Field.extend({ value: z.string() }),
        ]),
      )
      .max(FIELDS_MAX),
  }),
  z.object({ bytes: z.string() }),
  z.object({ form: z.array(z.tuple([z.string(), z.string()])) }),
  z.object({ json: z.unknown() }),
]) as z.ZodType<Packed>;

const Asked: z.ZodType<Ask> = z.discriminatedUnion('port', [
  z.object({
    port: z.literal('http'),
    method: z.enum(HTTP_PORT_METHODS),
    path: z.string().max(65_536),
    query: Values.optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: Body.optional(),
    into: z.literal('file').optional(),
    told: z.boolean().optional(),
  }),
  z.object({
    port: z.literal('open'),
    stream: Id,
    method: z.enum(['GET', 'POST']).optional(),
    path: z.string().max(65_536),
    query: Values.optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: Body.optional(),
  }),
  z.object({ port: z.enum(['next', 'stop']), stream: Id }),
  z.object({ port: z.literal('emit'), batch: z.unknown() }),
  z.object({ port: z.literal('read'), artifact: z.string().max(200) }),
  z.object({
    port: z.literal('write'),
    bytes: z.string(),
    mediaType: z.string().max(200),
    name: z.string().max(1_024).optional(),
  }),
]);

const CapabilityName = z.string().max(200);
const Description = z.object({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/)
    .max(100),
  version: z.string().max(100),
  kind: z.enum(PLUGIN_KINDS),
  contract: z.int().min(CONTRACT_RANGE.from).max(CONTRACT_RANGE.to),
  summary: Text.optional(),
  settings: Values,
  capabilities: z
    .array(
      z.object({
        name: CapabilityName,
        summary: Text,
        effect: Effect,
        input: Values,
        output: Values,
        reconciles: z.boolean(),
        rateLimit: RateLimit.optional(),
      }),
    )
    .max(1_000),
  discovers: z.literal(true).optional(),
  triggers: z
    .array(
      z.object({
        name: CapabilityName,
        summary: Text,
        kind: z.enum(TRIGGER_KINDS),
        event: Values,
        options: Values.optional(),
        intervalSeconds: z.int().min(1).optional(),
        verified: z.boolean().optional(),
        subscribes: z.boolean().optional(),
      }),
    )
    .max(1_000)
    .optional(),
  database: z.boolean(),
  rateLimit: RateLimit.optional(),
  network: z.literal(true).optional(),
  hosts: DeclaredHosts.optional(),
  signIn: z.enum(['authorization_code', 'client_credentials']).optional(),
});

const ReadyShape = z.object({
  description: Description,
  secretNames: z.array(Text).max(100),
  hasHealth: z.boolean(),
  traits: z.record(
    CapabilityName,
    z.object({ concurrency: z.int().min(1).max(1_024).optional(), rateLimit: RateLimit.optional() }),
  ),
  triggers: z.record(
    CapabilityName,
    z.object({
      verify: HookVerificationShape.optional(),
      subscribes: z.boolean(),
      unsubscribes: z.boolean(),
    }),
  ),
});

export const ChildMessageShape: z.ZodType<ChildMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ended'), call: Id, value: z.unknown() }),
  z.object({ kind: z.literal('failed'), call: Id, error: Told }),
  z.object({ kind: z.literal('ask'), call: Id, ask: Id, of: Asked }),
  z.object({
    kind: z.literal('log'),
    call: Id,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: Text,
    fields: Values.optional(),
  }),
  z.object({ kind: z.literal('partial'), call: Id, text: z.string().max(PARTIAL_LENGTH_MAX) }),
  z.object({ kind: z.literal('refused'), what: z.string().max(300) }),
  z.object({ kind: z.literal('pong') }),
  z.object({ kind: z.literal('ready'), ready: ReadyShape as z.ZodType<Ready> }),
  z.object({ kind: z.literal('unfit'), error: z.string().max(65_536) }),
]) as z.ZodType<ChildMessage>;

export const OpenedShape: z.ZodType<Opened> = z.object({
  hosts: z.array(z.string().max(300)).max(100),
  http: z
    .object({
      baseUrl: z.url().max(8_192),
      headers: z.record(z.string(), z.string()).optional(),
      query: z.record(z.string(), z.string()).optional(),
      basicAuth: z.object({ user: z.string(), password: z.string() }).optional(),
      sign: z
        .object({
          kind: z.literal('aws-sig-v4'),
          region: z.string().max(100),
          service: z.string().max(100),
          accessKeyId: z.string(),
          secretAccessKey: z.string(),
          sessionToken: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
  auth: z
    .object({
      flow: z.enum(['authorization_code', 'client_credentials']),
      authorizeUrl: z.url().max(8_192).optional(),
      tokenUrl: z.url().max(8_192),
      clientId: Text,
      clientSecret: Text.optional(),
      clientAuthentication: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
      scopes: z.array(Text).max(100),
      authorizeParameters: z.record(z.string(), Text).optional(),
      issuer: Text.optional(),
    })
    .optional(),
}) as z.ZodType<Opened>;

export const RanShape: z.ZodType<Ran> = z.object({
  happened: z.union([z.boolean(), z.literal('unknown')]).optional(),
  output: z.unknown().optional(),
  confidence: z.number().nullable().optional(),
  usage: Usage.optional(),
});

/** Bytes of what a plugin tells about itself; schemas cost memory wherever they are shown. */
export function isTooLong(ready: Ready): boolean {
  return JSON.stringify(ready).length > LIMITS.pluginDescriptionBytesMax;
}
