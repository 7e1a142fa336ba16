import { readFileSync } from 'node:fs';
import { type EgressMap, readEgressMap } from '@tutti/connector-host/egress-map';
import { z } from 'zod';

type Environment = Readonly<Record<string, string | undefined>>;

/** Secrets can be given by a file as well (Docker and Kubernetes mount them so): NAME_FILE is its path. */
const SECRETS = [
  'TUTTI_DATABASE_URL',
  'TUTTI_ADMIN_TOKEN',
  'TUTTI_OTLP_TOKEN',
  'TUTTI_DASHBOARD_SECRET',
  'TUTTI_EVENTS_SINK_TOKEN',
  'TUTTI_PLUGIN_REGISTRY_TOKEN',
];
const ADMIN_TOKEN_LENGTH_MIN = 20;

/**
 * The environment as it is meant: empty is absent, and a secret's file is read. Problems are one line each.
 */
export function readEnvironment(environment: Environment): {
  given: Record<string, string>;
  problems: string[];
} {
  const given: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(environment)) if (value) given[name] = value;
  for (const name of SECRETS) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set: keep one of them.`);
    try {
      given[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      problems.push(`${name}_FILE cannot be read: ${(error as Error).message}.`);
    }
  }
  return { given, problems };
}

/** A required text; `what` says what to set it to. */
function text(what: string): z.ZodString {
  return z.string({ error: (issue) => (issue.input === undefined ? `is missing: ${what}` : undefined) });
}

function secret(name: string, what: string): z.ZodString {
  return text(`${what}, or ${name}_FILE: a file with it.`);
}

/** Kubernetes sets NAME_PORT=tcp://... for every Service of that name, which is easily taken for ours. */
export function port(standard: number): z.ZodType<number, unknown> {
  return z
    .string()
    .default(String(standard))
    .superRefine((value, context) => {
      if (/^tcp:/.test(value))
        context.addIssue(
          `is ${value}, which Kubernetes made of a Service's name: set enableServiceLinks: false.`,
        );
      else if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
        context.addIssue(`is ${JSON.stringify(value)}: give a port from 0 (any free one) to 65535.`);
    })
    .transform(Number);
}

export const flag = z
  .string()
  .default('')
  .transform((value) => /^(1|true|yes|on)$/i.test(value));

export const databaseUrl = secret(
  'TUTTI_DATABASE_URL',
  'the PostgreSQL to use, such as postgres://tutti:password@database:5432/tutti',
).regex(
  /^postgres(ql)?:\/\/[^/]/,
  'is no URL of a PostgreSQL: write postgres://user:password@host:5432/database.',
);

/** What is wrong with it besides is told by `readMasterKeys`. */
export const masterKey = text(
  "the key that seals connections' secrets, the same in every service; make one with `openssl rand -hex 32`, " +
    'or TUTTI_MASTER_KEY_FILE: a file with it, or TUTTI_MASTER_KEY_COMMAND: a command that prints it.',
);

export const adminToken = secret(
  'TUTTI_ADMIN_TOKEN',
  'the token of the administrator; make one with `openssl rand -base64 32`',
).min(ADMIN_TOKEN_LENGTH_MIN, `is too easy to guess: give at least ${ADMIN_TOKEN_LENGTH_MIN} characters.`);

export const dashboardSecret = secret(
  'TUTTI_DASHBOARD_SECRET',
  'what seals the sessions of the dashboard, the same in all of its processes; make one with `openssl rand -hex 32`',
).min(32, 'is too easy to guess: give at least 32 characters.');

export const url = (what: string) =>
  text(what).regex(/^https?:\/\//, 'is no URL: begin it with http:// or https://.');

/** A limit: a whole number from one on. */
export const count = (standard: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a whole number, at least 1.')
    .default(String(standard))
    .transform(Number);

export const seconds = (standard: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number of seconds.')
    .default(String(standard))
    .transform(Number);

/** Which workflows are tools of the MCP server. */
export const mcpWorkflows = z.enum(['marked', 'all']).default('marked');

/** Names or patterns with commas between them. */
export const names = (standard: string) =>
  z
    .string()
    .default(standard)
    .transform((value) =>
      value
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    );

/** Origins that the connector host reaches at another origin. */
export const egressMap: z.ZodType<EgressMap, unknown> = z
  .string()
  .default('')
  .transform((value, context) => {
    try {
      return readEgressMap(value);
    } catch (error) {
      context.addIssue((error as Error).message);
      return z.NEVER;
    }
  });
