import {
  attemptCapability,
  PermanentError,
  type Plugin,
  type RunningProgram,
  TransientError,
} from '@tutti/plugin-sdk';
import { eventually } from '@tutti/testing';
import { WaitingRoom } from '../gates/gate.js';
import { LIMITS } from '../limits.js';
import { alive } from '../testing/alive.js';
import { PluginPrograms } from './plugin-programs.js';
import { Processes } from './processes.js';

const SERVER = new URL('../testing/mcp-stdio-server.mjs', import.meta.url).pathname;

/** Found where it lies, as a host finds its plugins. */
const AGENT_MCP = new URL('../../../../plugins/agent-mcp/src/index.ts', import.meta.url).href;

let agentMcp: Plugin;
let processes: Processes;
beforeAll(async () => {
  ({ default: agentMcp } = (await import(AGENT_MCP)) as { default: Plugin });
});
beforeEach(() => {
  processes = new Processes(new WaitingRoom(LIMITS.waitingCallsMax));
});
afterEach(() => processes.children.close());

function portOf({ allowed = true, signal = new AbortController().signal } = {}) {
  const dueMs = performance.now() + 60_000;
  return new PluginPrograms(processes, { allowed }).of({ name: 'default/tools', signal, dueMs });
}
const node = (script: string, environment: Record<string, string> = {}) => ({
  command: process.execPath,
  arguments: ['-e', script],
  environment,
});

async function saidBy(program: RunningProgram): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of program.lines()) lines.push(line);
  return lines;
}

describe('programs of plugins', () => {
  it('are spoken with in lines', async () => {
    const program = await portOf().start(node('process.stdin.pipe(process.stdout)'));
    await program.send('a line');
    await program.send('zwölf');
    void program.close();
    expect(await saidBy(program)).toEqual(['a line', 'zwölf']);
  });

  it('are not started where the operator has not allowed it', async () => {
    const error = portOf({ allowed: false }).start(node(''));
    await expect(error).rejects.toBeInstanceOf(PermanentError);
    await expect(error).rejects.toThrow('--allow-processes');
  });

  it('see nothing of the environment of the hub', async () => {
    process.env.TUTTI_SECRET = 'of the hub';
    try {
      const program = await portOf().start(
        node('console.log(process.env.TUTTI_SECRET, process.env.OWN)', { OWN: 'own' }),
      );
      expect(await saidBy(program)).toEqual(['undefined own']);
    } finally {
      delete process.env.TUTTI_SECRET;
    }
  });

  it('end with their attempt, and give their place back', async () => {
    const abort = new AbortController();
    const program = await portOf({ signal: abort.signal }).start(
      node('console.log(process.pid); setInterval(() => undefined, 1000)'),
    );
    const lines = program.lines()[Symbol.asyncIterator]();
    const pid = Number((await lines.next()).value);
    // All other places are taken.
    while (processes.gate.tryEnter());
    abort.abort();
    await eventually(() => !alive(pid));
    await eventually(() => processes.gate.tryEnter());
    await eventually(() =>
      program.send('more').then(
        () => false,
        (error) => error instanceof TransientError,
      ),
    );
  });
});

describe('agent-mcp over a program', () => {
  const attempt = (tool: string, settings: object, more: { mayHaveHappened?: () => void } = {}) =>
    attemptCapability(agentMcp, 'mcp.tool.call', {
      input: { tool },
      settings: { command: process.execPath, arguments: [SERVER], ...settings },
      programs: portOf(),
      ...more,
    });

  it('calls a tool, with the token in the variable that the settings name', async () => {
    let writes = 0;
    const mayHaveHappened = () => {
      writes += 1;
    };
    const settings = { token: 'hello', tokenVariable: 'TEST_MCP_GREETING' };
    const output = await attempt('env', settings, { mayHaveHappened });
    expect(output).toMatchObject({ status: 'completed', text: 'hello nothing else' });
    expect(writes).toBe(1);
  });

  it('says what a server said that ended', async () => {
    const ended = attempt('env', { token: 'this machine', tokenVariable: 'TEST_MCP_DIES' });
    await expect(ended).rejects.toMatchObject({ name: 'TransientError' });
    await expect(ended).rejects.toThrow('no licence for this machine');
  });

  it('is refused where no programs can be started', async () => {
    const settings = { command: 'node' };
    const input = { tool: 'env' };
    await expect(attemptCapability(agentMcp, 'mcp.tool.call', { input, settings })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('starts no programs'),
    });
  });
});
