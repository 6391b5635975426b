import { InferenceError, statusException } from './errors.ts';

// What callers are told when a built-in model cannot answer, in Elasticsearch's words where it has them.

export const noNode = (model: string): InferenceError =>
  statusException(
    400,
    `The model [${model}] needs the ML node, and this deployment has none. Add it with "npx cdk deploy --all", or set INLET_ML_NODE to the address of a Text Embeddings Inference server.`,
  );

const track = 'Use the trained model stats API to track the state of the deployment and try again once it has started.';

/** @param timeout - as messages print it: `30s` */
export const startTimedOut = (timeout: string): InferenceError =>
  statusException(408, `Timed out after [${timeout}] waiting for model deployment to start. ${track}`);

/** The deployment was there, and had no copy. */
export const wakeTimedOut = (timeout: string, deployment: string): InferenceError =>
  statusException(
    408,
    `Timed out after [${timeout}] waiting for trained model deployment [${deployment}] to start. ${track}`,
  );

export const tooManyWait = (deployment: string): InferenceError =>
  statusException(
    429,
    `Rejected inference request waiting for an allocation of deployment [${deployment}]. Too many pending requests`,
  );

/** @param state - as Elasticsearch names it */
export const notServing = (deployment: string, state: 'STOPPING' | 'FAILED'): InferenceError =>
  statusException(409, `Trained model [${deployment}] is [${state}]`);

export const notDeployed = (model: string): InferenceError =>
  statusException(
    409,
    `Model [${model}] must be deployed to use. Please deploy with the start trained model deployment API.`,
  );

export const cannotStart = (deployment: string, reason: string): InferenceError =>
  statusException(400, `Could not start trained model deployment [${deployment}]: ${reason}`);

/** The account or the endpoint has no room for another copy. */
export const noCapacity = (cause: unknown): InferenceError =>
  statusException(429, 'Could not start deployment because no ML nodes with sufficient capacity were found', { cause });

/** Its endpoint was deleted while somebody waited for it. */
export const deploymentRemoved = (deployment: string): InferenceError =>
  statusException(409, `[${deployment}] Error waiting for a model allocation, model assignment has been removed`);

export const noDeployment = (deployment: string): InferenceError =>
  new InferenceError(404, 'resource_not_found_exception', `No known model deployment with id [${deployment}]`);

/** What `deployment_id` names. */
export const unknownDeployment = (deployment: string): InferenceError =>
  new InferenceError(404, 'resource_not_found_exception', `Cannot find deployment [${deployment}]`);

export const deploymentInUse = (deployment: string, endpoint: string): InferenceError =>
  statusException(409, `Cannot stop deployment [${deployment}] as it is used by inference endpoint [${endpoint}]`);

/** A former endpoint of the same id, whose deployment is not gone yet. */
export const removalTimedOut = (timeout: string, id: string): InferenceError =>
  statusException(
    408,
    `Timed out after [${timeout}] waiting for the former deployment [${id}] to be removed. Try again once it is gone.`,
  );

/** An endpoint that borrows the deployment of another one. */
export const borrowerUpdate = (id: string, deployment: string, isOwned: boolean): InferenceError =>
  statusException(
    409,
    isOwned
      ? `Cannot update inference endpoint [${id}] for model deployment [${deployment}] as it was created by another inference endpoint. The model can only be updated using inference endpoint id [${deployment}].`
      : `Cannot update inference endpoint [${id}] using model deployment [${deployment}]. The model deployment must be updated through the trained models API.`,
  );

/** Elasticsearch finds a model and an endpoint by the same kind of id. */
export const idOfModel = (id: string): InferenceError =>
  statusException(
    400,
    `Inference endpoint IDs must be unique. Requested inference endpoint ID [${id}] matches existing trained model ID(s) but must not.`,
  );
