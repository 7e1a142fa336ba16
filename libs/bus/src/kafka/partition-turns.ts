/** So many messages of one request go to one partition, before the next one's turn comes. */
const TURN_MESSAGES = 16;

interface Turn {
  partition: number;
  request: number;
  messages: number;
}

/**
 * Takes the partitions of a topic in turn where any of them will do. The messages of one request stay
 * together, up to a number: a partition costs sender, broker and receiver much the same for one message as
 * for sixteen.
 */
export class PartitionTurns {
  private readonly turns = new Map<string, Turn>();
  private request = 0;

  next({ name, partitions }: { name: string; partitions: number }): number {
    let turn = this.turns.get(name);
    if (!turn) {
      // Several processes that start together do not begin with the same one.
      turn = { partition: Math.floor(Math.random() * partitions), request: this.request, messages: 0 };
      this.turns.set(name, turn);
    }
    if (turn.request !== this.request || turn.messages >= TURN_MESSAGES) {
      turn.partition = (turn.partition + 1) % partitions;
      turn.request = this.request;
      turn.messages = 0;
    }
    turn.messages += 1;
    return turn.partition;
  }

  /** What comes from now on goes into another request. */
  begin(): void {
    this.request += 1;
  }
}
