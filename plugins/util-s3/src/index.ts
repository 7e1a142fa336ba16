import { definePlugin } from '@tutti/plugin-sdk';
import { awsPresignedUrl } from '@tutti/plugin-sdk/aws-signature';
import { z } from 'zod';
import { ListInput, listObjects, ListOutput } from './list.js';
import {
  copyObject,
  deleteObject,
  getObject,
  GetOutput,
  headObject,
  Key,
  ObjectHead,
  putObject,
  PutInput,
  PutOutput,
} from './objects.js';
import { speaking } from './refusals.js';
import { bucketAddress, httpDefaults, pathOf, Settings, signatureOf, withQuery } from './settings.js';

const ByKey = z.object({ key: Key });
const PRESIGNED_SECONDS_MAX = 604_800;

/** Objects in a bucket of Amazon S3, or of any store that speaks its language. */
export default definePlugin({
  contract: 1,
  name: 'util-s3',
  kind: 'util',
  summary: 'Files in a bucket of Amazon S3 and stores like it: MinIO, Ceph, R2, Wasabi.',
  settings: Settings,
  hosts: (settings) => [new URL(bucketAddress(settings)).host],
  http: httpDefaults,
  async health({ http, settings }) {
    await listObjects(speaking(http), bucketAddress(settings), { limit: 1 });
    return `The bucket ${settings.bucket} answers`;
  },
  capabilities: {
    's3.object.get': {
      summary: 'Get an object as a file.',
      effect: 'read',
      input: ByKey,
      output: GetOutput,
      run: ({ http, input }) => getObject(speaking(http), input.key),
    },
    's3.object.head': {
      summary: 'Get size, type and metadata of an object; null when there is none.',
      effect: 'read',
      input: ByKey,
      output: z.object({ object: ObjectHead.nullable() }),
      run: async ({ http, input }) => ({ object: await headObject(speaking(http), input.key) }),
    },
    's3.object.list': {
      summary: 'List objects by the beginning of their keys.',
      effect: 'read',
      input: ListInput,
      output: ListOutput,
      run: ({ http, input, settings }) => listObjects(speaking(http), bucketAddress(settings), input),
    },
    's3.object.put': {
      summary: 'Write a file or text as an object.',
      effect: 'idempotent-write',
      input: PutInput,
      output: PutOutput,
      run: ({ http, input, idempotencyKey }) => putObject(speaking(http), idempotencyKey, input),
    },
    's3.object.copy': {
      summary: 'Copy an object within the bucket.',
      effect: 'idempotent-write',
      input: z.object({ from: Key, to: Key }),
      output: PutOutput,
      run: ({ http, input, settings: { bucket } }) => copyObject(speaking(http), { bucket, ...input }),
    },
    's3.object.delete': {
      summary: 'Delete an object.',
      effect: 'idempotent-write',
      input: ByKey,
      output: z.object({ deleted: z.literal(true) }),
      async run({ http, input }) {
        await deleteObject(speaking(http), input.key);
        return { deleted: true as const };
      },
    },
    's3.object.presign': {
      summary: 'Make an address with which anybody may read or write an object for a while.',
      effect: 'read',
      input: ByKey.extend({
        method: z.enum(['GET', 'PUT']).default('GET'),
        expiresSeconds: z.int().min(1).max(PRESIGNED_SECONDS_MAX).default(900),
        fileName: z
          .string()
          .max(200)
          .regex(/^[^"\\\r\n]+$/)
          .optional()
          .describe('Under which browsers save it'),
      }),
      output: z.object({ url: z.string(), expiresAt: z.iso.datetime() }),
      run({ input: { key, method, expiresSeconds, fileName }, settings }) {
        const disposition = fileName && `attachment; filename="${fileName}"`;
        const path = withQuery(pathOf(key), { 'response-content-disposition': disposition });
        const at = new Date();
        const request = { method, url: new URL(bucketAddress(settings) + path), expiresSeconds };
        return {
          url: awsPresignedUrl(signatureOf(settings), request, at),
          expiresAt: new Date(at.getTime() + expiresSeconds * 1_000).toISOString(),
        };
      },
    },
  },
});
