/** What is drawn on a task: its state in a run, how often it ran, how often it was tried again. */
export interface TaskMark {
  state: string;
  times: number;
  note: string | null;
  startedMs: number;
  retries: number;
}
