/** An expected failure of the set-up: what went wrong and what the person can do about it. */
export class SetupError extends Error {
  constructor(message, { remedy, details } = {}) {
    super(message);
    this.name = 'SetupError';
    this.remedy = remedy;
    this.details = details;
  }
}

const readOnlyCodes = new Set(['EROFS', 'EACCES', 'EPERM']);

/** Turns an error of the file system into one with a remedy; other errors come back as they are. */
export function explainFileError(error, path) {
  const where = error.path ?? path;
  if (readOnlyCodes.has(error.code)) {
    return new SetupError(`Cannot write to ${where} (${error.code}): it is read-only or someone else's.`, {
      remedy: 'Clone Tutti into a folder that you may write to, or run chown -R "$USER" on this one.',
    });
  }
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new SetupError(`The disk is full (while writing ${where}).`, {
      remedy: 'Free some space and start again: the step is repeated from its beginning.',
    });
  }
  return error;
}

/** Prints an error the way a person can act on it. A defect keeps its stack. */
export function printError(error) {
  if (!(error instanceof SetupError)) {
    console.error(error);
    return;
  }
  if (error.details) console.error(`\n${error.details}`);
  console.error(`\nError: ${error.message}`);
  if (error.remedy) console.error(`What to do: ${error.remedy}`);
}
