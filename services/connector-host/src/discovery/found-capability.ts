import { CAPABILITY_CHANGED, type NamedCapability } from '@tutti/contracts';
import { changedCapability, isClassifiedError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { HostedCapability, HostedDiscovery } from '../plugins/hosted-plugin.js';
import { jsonSchemaCheck } from './json-schema-check.js';

export interface FoundCapabilitiesParts {
  connection: string;
  discovery: HostedDiscovery;
  approved: readonly NamedCapability[];
  /** Names of what was approved, and is something else or gone now. */
  refused: readonly string[];
  /** A call noticed that the other side is not as it was. */
  noticed: () => void;
}

/** What was approved of what a connection found, as calls use it; schemas are read when they are needed. */
export class FoundCapabilities {
  readonly #parts: FoundCapabilitiesParts;
  readonly #made = new Map<string, HostedCapability>();

  constructor(parts: FoundCapabilitiesParts) {
    this.#parts = parts;
  }

  get(name: string): HostedCapability | undefined {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const approved = this.#parts.approved.find(({ capability }) => capability === name);
    if (approved === undefined) return undefined;
    const made = this.#make(approved);
    this.#made.set(name, made);
    return made;
  }

  #make(approved: NamedCapability): HostedCapability {
    const { connection, discovery, refused, noticed } = this.#parts;
    const { capability: name, hash: _hash, ...found } = approved;
    return {
      effect: approved.effect,
      ...schemasOf(approved),
      async run(context) {
        if (refused.includes(name)) throw changedCapability(refusal(name, connection));
        try {
          return { output: (await discovery.run(context, found)) ?? null };
        } catch (error) {
          if (isClassifiedError(error) && error.type === CAPABILITY_CHANGED) noticed();
          throw error;
        }
      },
    };
  }
}

/** A schema that looks right and cannot be used all the same refuses every value, with the reason. */
function schemasOf({ input, output }: NamedCapability): Pick<HostedCapability, 'input' | 'output'> {
  return { input: usable(input), output: output === undefined ? z.unknown() : usable(output) };
}

function usable(schema: Record<string, unknown>): z.ZodType {
  try {
    return jsonSchemaCheck(schema);
  } catch (error) {
    const message = `The schema cannot be used: ${(error as Error).message}`;
    return z.unknown().refine(() => false, { error: message });
  }
}

function refusal(name: string, connection: string): string {
  return (
    `The other side of connection "${connection}" has changed or removed ${name} since it was approved: look at ` +
    `what changed with "npx tutti connections capabilities ${connection}", and approve it there.`
  );
}
