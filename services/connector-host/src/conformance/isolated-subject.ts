import { PermanentError, isClassifiedError, type Reconciliation } from '@tutti/plugin-sdk';
import {
  InputRefused,
  type ConformanceSubject,
  type SubjectContext,
  type SubjectResult,
} from '@tutti/plugin-sdk/conformance';
import type { IsolatedPlugin } from '../isolation/isolated-plugins.js';
import { INPUT_REFUSED } from '../isolation/messages.js';
import type { HostedCapability, Produced } from '../plugins/hosted-plugin.js';
import { issuesOf, tellIssues } from '../validation/issues.js';

/**
 * A plugin in a process of its own, as the conformance suite tries it. Inputs are checked in that process
 * only, since its own check is what the suite wants to know about.
 */
export function isolatedSubject(isolated: IsolatedPlugin, strayLines: readonly string[]): ConformanceSubject {
  const { plugin, description, secretNames } = isolated;
  const capabilityOf = (name: string) => plugin.capabilities[name] as HostedCapability;
  return {
    description,
    secretNames,
    isolated: true,
    hasHealth: plugin.health !== undefined,
    settings: (values) => plugin.settings.parse(values) as Record<string, unknown>,
    async reach(settings) {
      const { hosts, http } = await plugin.reach(settings);
      return { hosts: [...hosts], http };
    },
    run: (name, context) => told(async () => resultOf(capabilityOf(name), await runOf(name, context))),
    reconcile: (name, context) => told(() => reconciled(capabilityOf(name), context)),
    health: async (context) => plugin.health?.(context),
    triggers: plugin.triggers ?? {},
    trigger: async (name, context) => {
      const trigger = plugin.triggers?.[name];
      return trigger?.[trigger.kind]?.(context);
    },
    strayLines: () => strayLines,
  };

  async function runOf(name: string, context: SubjectContext): Promise<Produced> {
    return capabilityOf(name).run(context);
  }
}

function resultOf(capability: HostedCapability, produced: Produced): SubjectResult {
  const checked = capability.output.safeParse(produced.output);
  if (!checked.success)
    throw new PermanentError(
      `The output breaks the schema of the capability: ${tellIssues(issuesOf(checked.error))}`,
      { status: 502, reason: 'invalid-output' },
    );
  const output = checked.data;
  return produced.confidence === undefined ? { output } : { output, confidence: produced.confidence(output) };
}

async function reconciled(
  capability: HostedCapability,
  context: SubjectContext,
): Promise<Reconciliation<unknown>> {
  const found = (await capability.reconcile?.(context)) ?? { happened: 'unknown' as const };
  if (found.happened === true) return { happened: true, output: resultOf(capability, found.produced).output };
  return found.happened === false ? { happened: false } : { happened: 'unknown' };
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isClassifiedError(error) && error.message.startsWith(INPUT_REFUSED))
      throw new InputRefused(error.message);
    throw error;
  }
}
