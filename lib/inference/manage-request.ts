import type { JsonDocument } from '../api/json.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Log } from '../log.ts';
import type { Operator } from '../services/service.ts';
import type { Send } from '../transport/types.ts';
import type { Deployments, EndpointStore, MlNode, ModelStore, RateLimiter, SecretStore } from './ports.ts';

/** What creating and updating endpoints needs. */
export type ManageDependencies = {
  readonly endpoints: EndpointStore;
  readonly secrets: SecretStore;
  readonly send: Send;
  readonly node: MlNode;
  readonly limiter: RateLimiter;
  readonly deployments: Deployments;
  readonly models: ModelStore;
  readonly operator: Operator;
  readonly now: () => number;
};

export type ManageRequest = {
  readonly inferenceId: string;
  readonly taskType: TaskType | 'any' | undefined;
  /** Parses when called: the id is checked before the body. */
  readonly body: () => JsonDocument;
  readonly timeout: number | undefined;
  readonly log: Log;
};
