export { isRunning, jobAnswerOf, jobFailed, nextLookMs, type RunningJob } from './job-answer.js';
