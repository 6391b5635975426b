import type { Service, TaskDefinition } from '../services/service.ts';
import type { Auth, Send } from '../transport/types.ts';
import type { Deadline } from './deadline.ts';
import type { MlNode, RateLimiter } from './ports.ts';

/** Everything that one call to a service needs besides the call itself. */
export type Outlet<S, T, K> = {
  readonly service: Service<S, T, K>;
  readonly definition: TaskDefinition<S, T>;
  /** They tell the endpoints of one account from those of others. */
  readonly secrets: object;
  readonly auth: Auth;
  /** After a service's 401: the authorisation with the secret as it is now; undefined when it has not changed. */
  readonly freshAuth: () => Promise<Auth | undefined>;
  readonly send: Send;
  readonly node: MlNode;
  readonly limiter: RateLimiter;
  readonly deadline: Deadline;
  readonly observe: {
    /** Told how long the service took, each time that it is asked. */
    readonly onServiceTime: (milliseconds: number) => void;
    /** Told the HTTP status of each answer that is a refusal or a failure, before it is tried again. */
    readonly onServiceFailure: (status: number) => void;
    readonly onUnits: (units: number) => void;
    readonly onAnswerHeaders: (headers: Readonly<Record<string, string>>) => void;
  };
};
