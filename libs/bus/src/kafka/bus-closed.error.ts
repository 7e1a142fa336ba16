/** The bus was closed before a message was sent or done: it is not lost, but someone else's work now. */
export class BusClosedError extends Error {
  override name = 'BusClosedError';

  constructor() {
    super('The bus is closed.');
  }
}
