/** Loaded into a child process: ends it when the channel to its parent closes, however the parent ended. */
process.once('disconnect', () => process.exit());
