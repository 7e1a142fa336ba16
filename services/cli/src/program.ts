import { Command, CommanderError } from 'commander';
import { addConnectionCommands } from './commands/connections.commands.js';
import { addDeadLetterCommands } from './commands/dead-letters.commands.js';
import { addDefinitionCommands } from './commands/definitions.commands.js';
import { addHubCommands } from './commands/hub.commands.js';
import { addJqCommand } from './commands/jq.command.js';
import { addLintCommand } from './commands/lint.command.js';
import { addListCommands } from './commands/lists.commands.js';
import { addPluginCommands } from './commands/plugin.commands.js';
import { addRecordCommand } from './commands/record.command.js';
import { addReviewCommands } from './commands/reviews.commands.js';
import { addRunCommands } from './commands/runs.commands.js';
import { addScheduleCommands } from './commands/schedules.commands.js';
import { addSecretCommands } from './commands/secrets.commands.js';
import { addSystemCommand } from './commands/system.commands.js';
import { addTestCommand } from './commands/test.command.js';
import { addTriggerCommands } from './commands/triggers.commands.js';
import { addWorkflowCommands } from './commands/workflows.commands.js';
import { explain } from './output/errors.js';
import { EXIT, type ExitCode, type Io } from './session/io.js';
import { type CommandKit, type GlobalFlags, Session } from './session/session.js';

const HELP = `
Where the hub is: --api-url, else TUTTI_API_URL, else what the hub of the data folder wrote at its start, else http://127.0.0.1:4000.
The token: TUTTI_TOKEN, else <data-dir>/admin-token.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the hub cannot be reached, 4 the run faulted or was cancelled.`;

/** Runs one command line and answers its exit code. Nothing is thrown, and the process is not ended here. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = buildProgram(io, (session) => {
    exitCode = session.exitCode;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { text, exitCode: code } = explain(error);
    io.stderr(text);
    return code;
  }
}

function buildProgram(io: Io, finished: (session: Session) => void): Command {
  const program = new Command('tutti')
    .description(
      'The command line of Tutti: the hub that makes AI tools, models, agents and business systems play from one score.',
    )
    .addHelpText('after', HELP)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout(text), writeErr: (text) => io.stderr(text) })
    .showHelpAfterError('(tutti --help lists all commands)');
  const kit: CommandKit = {
    define: (parent, definition, summary) => withGlobals(parent.command(definition).description(summary)),
    act:
      (work) =>
      async (...given) => {
        // Commander calls an action with its arguments, then the options, then the command.
        const command = given.at(-1) as Command;
        const session = new Session(io, command.optsWithGlobals<GlobalFlags>());
        await work(
          session,
          given
            .slice(0, -2)
            .flat()
            .map((arg) => (arg === undefined ? '' : String(arg))),
          command.opts(),
        );
        finished(session);
      },
  };
  for (const add of [
    addHubCommands,
    addDefinitionCommands,
    addLintCommand,
    addWorkflowCommands,
    addRunCommands,
    addRecordCommand,
    addTestCommand,
    addReviewCommands,
    addPluginCommands,
    addConnectionCommands,
    addSecretCommands,
    addTriggerCommands,
    addScheduleCommands,
    addListCommands,
    addDeadLetterCommands,
    addSystemCommand,
    addJqCommand,
  ]) {
    add(program, kit);
  }
  return program;
}

function withGlobals(command: Command): Command {
  return command
    .option('--json', 'print JSON')
    .option('--api-url <url>', 'where the API is')
    .option('--data-dir <folder>', 'data folder of the hub')
    .exitOverride();
}
