import { isDatabaseAway, isDataRefused } from './database-away.js';

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

  it('says that the data is refused, also where it is too long to be sent', () => {
    const tooLong = () => 'x'.repeat(2 ** 30);
    expect(tooLong).toThrow(RangeError);
    try {
      tooLong();
    } catch (error) {
      expect(isDataRefused(error)).toBe(true);
    }
    expect(isDataRefused({ code: '22021' })).toBe(true);
    expect(isDataRefused({ code: '54000' })).toBe(true);
    expect(isDataRefused({ code: '57P01' })).toBe(false);
    expect(isDataRefused(new RangeError('Maximum call stack size exceeded'))).toBe(false);
  });
});
