import { InferenceError } from '../api/errors.ts';
import type { TaskType } from '../api/task-type.ts';
import { formatTimeValue } from '../api/time-value.ts';

/** The gateway ends an answer that has not begun after five minutes. */
const longest = 290_000;

/** A stream ends before the function's own fifteen minutes do. */
const streamLife = 14 * 60_000;

/** What a call waits for at most when the caller names no timeout, in milliseconds. */
export const defaultTimeout = (taskType: TaskType): number =>
  taskType === 'completion' || taskType === 'chat_completion' ? 120_000 : 30_000;

/** When a call must have its answer, and the one signal that ends its work: the time is over, or the caller has left. */
export type Deadline = {
  readonly signal: AbortSignal;
  /** The time as messages print it: `30s`. */
  readonly text: string;
  /** Milliseconds until the time is over; below 0 after it. */
  readonly remaining: () => number;
  /** Whether it was the time that ended the work. */
  readonly isOver: () => boolean;
  /** The answer has begun: from now on only the caller's leaving, or a stream's longest life, ends it. */
  readonly begun: () => void;
  /** Must be called when the work is done: it stops the clock. */
  readonly clear: () => void;
};

/**
 * @param timeout - what the caller asked for in milliseconds; absent, 0 and −1 mean the task's default
 */
export const createDeadline = (timeout: number | undefined, taskType: TaskType, caller: AbortSignal): Deadline => {
  const milliseconds = Math.min(timeout !== undefined && timeout > 0 ? timeout : defaultTimeout(taskType), longest);
  const endsAt = performance.now() + milliseconds;
  const controller = new AbortController();
  const end = (reason: unknown) => controller.abort(reason);
  let over = false;
  const expire = () => {
    over = true;
    end(new DOMException('The time for this request is over', 'TimeoutError'));
  };
  let timer = setTimeout(expire, milliseconds);
  const leave = () => end(caller.reason);
  if (caller.aborted) leave();
  else caller.addEventListener('abort', leave, { once: true });
  return {
    signal: controller.signal,
    text: formatTimeValue(milliseconds),
    remaining: () => endsAt - performance.now(),
    isOver: () => over,
    begun: () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => end(new InferenceError(500, 'timeout_exception', 'The stream was open for 14 minutes, the longest time')),
        streamLife,
      );
    },
    clear: () => {
      clearTimeout(timer);
      caller.removeEventListener('abort', leave);
    },
  };
};
