import { percentEncoded } from '@tutti/plugin-sdk/aws-signature';
import type { AwsSignature, HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given: a bucket, where it is, and keys to it. */
export const Settings = z.object({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be the name of a region')
    .default('us-east-1'),
  endpoint: z.url().optional().describe('Of another store than Amazon’s: https://minio.example.com'),
  addressing: z
    .enum(['virtual-host', 'path'])
    .optional()
    .describe('Where the bucket’s name stands; absent: before Amazon’s host, in the path elsewhere'),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1).meta({ secret: true }),
  sessionToken: z.string().min(1).optional().meta({ secret: true }).describe('Of temporary keys'),
});
export type Settings = z.output<typeof Settings>;

/** Address of the bucket, without a slash at its end. */
export function bucketAddress({ bucket, region, endpoint, addressing }: Settings): string {
  const store = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  const root = store.pathname.replace(/\/+$/, '');
  if ((addressing ?? (endpoint === undefined ? 'virtual-host' : 'path')) === 'path')
    return `${store.origin}${root}/${bucket}`;
  return `${store.protocol}//${bucket}.${store.host}${root}`;
}

/** Path of an object within its bucket. */
export function pathOf(key: string): string {
  return `/${key.split('/').map(percentEncoded).join('/')}`;
}

/** A path with a query: S3 wants spaces as `%20`. */
export function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return `${path}?${given.map(([name, value]) => `${name}=${percentEncoded(String(value))}`).join('&')}`;
}

export function signatureOf(settings: Settings): AwsSignature {
  const { region, accessKeyId, secretAccessKey, sessionToken } = settings;
  return {
    kind: 'aws-sig-v4',
    service: 's3',
    region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

export function httpDefaults(settings: Settings): HttpDefaults {
  return { baseUrl: bucketAddress(settings), sign: signatureOf(settings) };
}
