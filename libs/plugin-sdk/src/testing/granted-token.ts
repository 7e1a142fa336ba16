import { oauth2Client } from '../oauth2.js';
import type { Plugin } from '../plugin.js';

/**
 * The access token that a simulated system gives to a plugin that signs in by client credentials (RFC 6749,
 * 4.4), as the plugin declares it; what `pluginBench` takes. Throws what the system says of a refusal.
 */
export async function grantedToken(
  plugin: Plugin,
  values: Record<string, unknown>,
): Promise<{ accessToken: string }> {
  if (plugin.auth === undefined) throw new Error(`Plugin "${plugin.name}" declares no sign-in.`);
  const client = oauth2Client(plugin.auth, plugin.settings.parse(values) as Record<string, unknown>);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client.clientId,
    client_secret: client.clientSecret ?? '',
    ...(client.scopes.length > 0 && { scope: client.scopes.join(' ') }),
  });
  const reply = await fetch(client.tokenUrl, { method: 'POST', body });
  const told = (await reply.json()) as { access_token?: string; error_description?: string };
  if (told.access_token === undefined) throw new Error(told.error_description ?? `HTTP ${reply.status}`);
  return { accessToken: told.access_token };
}
