import type { Command } from 'commander';
import { instant, versionLine } from '../output/format.js';
import { facts } from '../output/table.js';
import type { CommandKit, Session } from '../session/session.js';
import { splitName } from './arguments.js';

/** `tutti workflows show`. */
export function addWorkflowShow(workflows: Command, { define, act }: CommandKit): void {
  define(workflows, 'show <workflow>', 'A workflow (NAMESPACE/NAME) with its versions.')
    .option('--yaml', 'print the document as it was applied')
    .action(
      act<{ yaml?: boolean }>((session, [name], options) =>
        show(session, name as string, options.yaml === true),
      ),
    );
}

async function show(session: Session, name: string, yaml: boolean): Promise<void> {
  const { data } = await session.client.api.GET('/v1/workflows/{namespace}/{name}', {
    params: { path: splitName(name) },
  });
  if (data === undefined) return;
  session.print(data, () =>
    yaml
      ? data.source
      : facts([
          ['workflow', `${data.namespace}/${data.name}`],
          ['title', data.title],
          ['version', data.version],
          ['enabled', data.enabled ? 'yes' : 'no'],
          ['updated', instant(data.updatedAt)],
          ['summary', data.summary],
          ...data.plugins.map(
            ({ name: plugin, version, problem }) =>
              [
                'plugin',
                problem === null ? `${plugin} ${version}` : `${plugin} ${version}: ${problem}`,
              ] as const,
          ),
          ...data.problems
            .filter(({ kind }) => kind !== 'plugin')
            .map(({ kind, name: what, detail }) => ['problem', `${kind} ${what}: ${detail}`] as const),
          ...data.versions.map(
            (version) => [version.current ? 'current' : 'before', versionLine(version)] as const,
          ),
        ]),
  );
}
