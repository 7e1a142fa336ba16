import * as cms from '@tutti/contracts';
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { ChangeOptions, pollChanges } from './changes.js';
import { createContent, getContent, publishContent, searchContents, updateContent } from './contents.js';
import { uploadMedia } from './media.js';
import { speaking } from './refusals.js';
import { httpDefaults, Settings } from './settings.js';

const Me = z.object({ name: z.string(), roles: z.array(z.string()) });

/** WordPress over its REST interface: posts, pages, media. */
export default definePlugin({
  contract: 1,
  name: 'cms-wordpress',
  kind: 'cms',
  summary: 'WordPress: drafts, posts, pages, media.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  hostsFrom: ['baseUrl'],
  http: httpDefaults,
  async health({ http }) {
    const { name, roles } = await speaking(http).get('/users/me', {
      query: { context: 'edit', _fields: 'name,roles' },
      reply: Me,
    });
    return `${name} (${roles.join(', ')})`;
  },
  capabilities: {
    'cms.content.create': {
      summary: 'Make a draft of a post or page.',
      effect: 'idempotent-write',
      input: cms.CmsContentCreateInput,
      output: cms.CmsContentCreateOutput,
      run: async ({ http, idempotencyKey, input }) => ({
        content: await createContent(speaking(http), idempotencyKey, input),
      }),
    },
    'cms.content.get': {
      summary: 'Get a post or page.',
      effect: 'read',
      input: cms.CmsContentGetInput,
      output: cms.CmsContentGetOutput,
      run: async ({ http, input }) => ({ content: await getContent(speaking(http), input) }),
    },
    'cms.content.update': {
      summary: 'Change title, text, slug, categories, tags, picture or status.',
      effect: 'idempotent-write',
      input: cms.CmsContentUpdateInput,
      output: cms.CmsContentUpdateOutput,
      run: async ({ http, input }) => ({ content: await updateContent(speaking(http), input) }),
    },
    'cms.content.publish': {
      summary: 'Publish a post or page, now or at a time.',
      effect: 'idempotent-write',
      input: cms.CmsContentPublishInput,
      output: cms.CmsContentPublishOutput,
      run: async ({ http, input }) => ({ content: await publishContent(speaking(http), input) }),
    },
    'cms.content.search': {
      summary: 'Find posts or pages by text, slug, status, category, tag and time of change.',
      effect: 'read',
      input: cms.CmsContentSearchInput,
      output: cms.CmsContentSearchOutput,
      run: async ({ http, input }) => ({ contents: await searchContents(speaking(http), input) }),
    },
    'cms.media.upload': {
      summary: 'Upload a picture or other file.',
      effect: 'idempotent-write',
      input: cms.CmsMediaUploadInput,
      output: cms.CmsMediaUploadOutput,
      run: async ({ http, idempotencyKey, input }) => ({
        media: await uploadMedia(speaking(http), idempotencyKey, input),
      }),
    },
  },
  triggers: {
    'cms.content.changed': {
      summary: 'A post or page was made or changed.',
      kind: 'poll',
      options: ChangeOptions,
      event: cms.CmsContentChange,
      poll: ({ http, cursor, options }) => pollChanges(speaking(http), { cursor, options }),
    },
  },
});
