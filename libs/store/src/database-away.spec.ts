import { isDatabaseAway } from './database-away.js';

describe('an error of the database', () => {
  it.each([
    { code: '57P01', message: 'terminating connection due to administrator command' },
    { code: '53100', message: 'could not extend file' },
    { code: '08006', message: 'connection failure' },
    { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
    { message: 'Connection terminated unexpectedly' },
    { message: 'timeout exceeded when trying to connect' },
    { message: 'Client has encountered a connection error and is not queryable' },
    { message: 'Client was closed and is not queryable' },
  ])('says that it is away: $message', (error) => {
    expect(isDatabaseAway(error)).toBe(true);
  });

  it.each([
    { code: '22P02', message: 'invalid input syntax: "connect"' },
    { code: 'ERR_INVALID_ARG_TYPE', message: 'The argument must be a string' },
    { message: 'The run never came to the task /do/2/connect.' },
    { message: 'The task "Connection terminated" is unknown' },
  ])('is about the work itself: $message', (error) => {
    expect(isDatabaseAway(error)).toBe(false);
  });
});
