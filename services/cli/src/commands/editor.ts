import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError, EXIT, type Io } from '../session/io.js';

/** A text that a person edited, and the file that it is in until it is removed. */
export interface EditedText {
  text: string;
  file: string;
  remove: () => void;
}

/** Lets a person edit a text in the editor of the environment, in a file that only this user can read. */
export async function editText(io: Io, { name, text }: { name: string; text: string }): Promise<EditedText> {
  const editor = io.env.VISUAL || io.env.EDITOR;
  if (!editor)
    throw new CliError('No editor is set. Set EDITOR, or use --set PATH=VALUE or --file PATH.', EXIT.usage);
  const folder = mkdtempSync(join(tmpdir(), 'tutti-edit-'));
  const file = join(folder, name);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  writeFileSync(file, text, { mode: 0o600 });
  const exitCode = await run(editor, file, io);
  const edited = readFileSync(file, 'utf8');
  if (exitCode === 0 && edited !== text) return { text: edited, file, remove };
  remove();
  if (exitCode !== 0) throw new CliError(`The editor ended with ${exitCode}; nothing was changed.`);
  throw new CliError('Nothing was changed.');
}

/** EDITOR may hold options, so it is a command for the shell; the file's name is its first parameter. */
function run(editor: string, file: string, io: Io): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'tutti', file], {
      stdio: 'inherit',
      cwd: io.cwd,
      env: io.env,
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
