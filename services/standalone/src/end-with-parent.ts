/**
 * For `node --import`: ends a child process when its channel to the parent closes, however the parent ended.
 * Without it a server would live on when the hub is killed, and keep the port from the next one. As text,
 * because it is needed from sources as well as from what is built.
 */
export const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent("process.once('disconnect', () => process.exit())")}`;
