import type { TaskType } from '../api/task-type.ts';
import type { AnswerStyle } from './answer.ts';
import type { Route } from './routes.ts';

/** What is known of a request so far; errors are answered and logged from it. */
export type RequestState = {
  readonly started: number;
  style: AnswerStyle;
  requestId: string;
  route: Route | undefined;
  /** From the path, else that of the endpoint once it is found. */
  taskType: TaskType | 'any' | undefined;
  /** Whether the route's handler runs: from then on errors are those of its task. */
  handling: boolean;
  /** What was thrown, for the log. */
  failure: unknown;
  /** What the handler noted for the log; `failure` is what ended a stream that had begun. */
  fields: Record<string, unknown>;
};
