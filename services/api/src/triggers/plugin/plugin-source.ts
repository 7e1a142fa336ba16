import { randomBytes } from 'node:crypto';
import type { Finding, PluginDescription } from '@tutti/contracts';
import { durationMs } from '@tutti/routing';
import { alignPluginTrigger, forgetPluginTrigger } from '@tutti/store';
import { type Queryable, rowOf } from '../../database/rows.js';
import { compileSchema } from '../../schemas/schema-check.js';
import type { TriggerDocument } from '../document/trigger.document.js';
import { ProblemError } from '../../problems/problem.error.js';

const HOOK_TOKEN_BYTES = 24;

/** Tells the connector hosts where the events of a trigger come from, in the transaction that stores it. */
export async function alignSource(
  database: Queryable,
  of: { id: string; workspaceId: string; document: TriggerDocument; enabled: boolean; sameSource: boolean },
): Promise<void> {
  const { id, workspaceId, document, enabled, sameSource } = of;
  const { plugin } = document.spec;
  if (!sameSource) await refuseWhileSubscribed(database, id);
  if (plugin === undefined) return forgetPluginTrigger(database, id);
  const source = {
    id,
    workspaceId,
    connection: plugin.connection,
    name: plugin.trigger,
    options: JSON.stringify(plugin.options),
    intervalMs: plugin.every === undefined ? null : (durationMs(plugin.every) ?? null),
    wanted: enabled,
    hookToken: randomBytes(HOOK_TOKEN_BYTES).toString('base64url'),
  };
  await alignPluginTrigger(database, source, sameSource);
}

/** The other system would go on sending to an address that is another trigger's by then. */
async function refuseWhileSubscribed(database: Queryable, id: string): Promise<void> {
  const row = await rowOf<{ subscription: string | null }>(
    database,
    'SELECT subscription FROM plugin_triggers WHERE trigger_id = $1',
    [id],
  );
  if (row?.subscription == null) return;
  throw new ProblemError(
    'conflict',
    'The trigger is registered in the other system, so that its source cannot be changed: delete it and apply it anew.',
  );
}

/**
 * What is wrong with a plugin's trigger as far as the plugin is here. Nothing when its connection is not
 * there yet: it may still come.
 */
export async function pluginFindings(
  database: Queryable,
  workspaceId: string,
  { spec: { plugin } }: TriggerDocument,
): Promise<Finding[]> {
  if (plugin === undefined) return [];
  const found = await rowOf<{ plugin: string; description: string | null }>(
    database,
    `SELECT c.plugin, (SELECT p.description FROM plugins p
       WHERE p.name = c.plugin AND p.state IN ('loaded', 'quarantined') ORDER BY p.registered_at DESC LIMIT 1) AS description
     FROM connections c WHERE c.workspace_id = $1 AND c.name = $2`,
    [workspaceId, plugin.connection],
  );
  if (found === undefined)
    return [
      warning(
        'unknown-connection',
        `There is no connection "${plugin.connection}" yet: the trigger begins when it is there.`,
        '/spec/plugin/connection',
      ),
    ];
  if (found.description === null) return [];
  const { triggers = [] } = JSON.parse(found.description) as Partial<PluginDescription>;
  const trigger = triggers.find(({ name }) => name === plugin.trigger);
  if (trigger === undefined) return [unknownTrigger(found.plugin, plugin.trigger, triggers)];
  const check = compileSchema(trigger.options ?? { type: 'object', maxProperties: 0 });
  const whose = `"${plugin.trigger}" of the plugin "${found.plugin}"`;
  return check(plugin.options).map(({ pointer, detail }) => ({
    severity: 'error',
    code: 'trigger',
    message: `The options do not fit the trigger ${whose}: ${detail}.`,
    pointer: `/spec/plugin/options${pointer}`,
  }));
}

function unknownTrigger(
  plugin: string,
  name: string,
  triggers: NonNullable<PluginDescription['triggers']>,
): Finding {
  const there =
    triggers.length === 0
      ? 'It has none: start runs by a schedule, a webhook of the hub (POST /v1/events) or a topic.'
      : `It has ${triggers.map((trigger) => trigger.name).join(', ')}.`;
  return {
    severity: 'error',
    code: 'trigger',
    message: `The plugin "${plugin}" has no trigger "${name}". ${there}`,
    pointer: '/spec/plugin/trigger',
  };
}

function warning(code: string, message: string, pointer: string): Finding {
  return { severity: 'warning', code, message, pointer };
}
