import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Blame } from '../api/blame.ts';
import { statusException } from '../api/errors.ts';
import { checkInferenceId } from '../api/inference-id.ts';
import { locate } from '../api/json.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { Service } from '../services/service.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import type { ManageDependencies, ManageRequest } from './manage-request.ts';
import { mergeUpdate } from './merge-update.ts';
import type { EndpointRow } from './ports.ts';
import { requireObject } from './read-endpoint-body.ts';
import { type Changes, otherTaskType, readChanges } from './read-update.ts';
import { refuseBorrower, requireDeployment, rescale } from './rescale-endpoint.ts';
import { requireService, secretMissing } from './resolve-endpoint.ts';
import { type ShownEndpoint, showEndpoint } from './show-endpoint.ts';
import { plain, requireFit, retireSecret, secretValues, storeRow } from './store-row.ts';
import { validateEndpoint } from './validate-endpoint.ts';

/** How often an update that lost against another one reads again and merges anew. */
const tries = 3;

/** The order of keys says nothing: schemas have theirs, and rows keep that in which settings were learnt. */
const same = (a: object, b: object): boolean => isDeepStrictEqual(plain(a), plain(b));

/** One try: merge, validate, write. Undefined when another update was faster. */
const tryUpdate = async <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
  row: EndpointRow,
  changes: Changes,
  request: ManageRequest,
  dependencies: ManageDependencies,
  deadline: Deadline,
): Promise<EndpointRow | undefined> => {
  const { endpoints, secrets, send, node, limiter } = dependencies;
  const body = request.body();
  const blame: Blame = {
    service: service.name,
    words: service.words,
    locate: (path, what) => locate(body, path, what),
  };
  const storedSecrets = row.secret === undefined ? {} : await secrets.get(row.secret);
  if (!storedSecrets) {
    const now = await endpoints.get(row.inference_id);
    if (now?.secret === row.secret) throw secretMissing(row.inference_id);
    // The row was old: its secret went with another update. The next try reads both again.
    return undefined;
  }
  const merged = mergeUpdate(service, row, storedSecrets, changes, blame);
  const unchanged = same(merged.settings, row.service_settings) && same(merged.taskSettings, row.task_settings);
  if (unchanged && !merged.newSecrets) return row;
  if (service.node) await requireDeployment(row.inference_id, dependencies);
  const candidate = { id: row.inference_id, taskType: row.task_type, ...merged };
  const wanted: EndpointRow = {
    ...row,
    service_settings: plain(merged.settings),
    task_settings: plain(merged.taskSettings),
    revision: randomUUID(),
    updated: dependencies.now(),
  };
  const values = merged.newSecrets ? secretValues(merged.secrets) : undefined;
  requireFit(wanted, values ?? {}, dependencies);
  const next = service.node
    ? wanted
    : {
        ...wanted,
        service_settings: plain(await validateEndpoint(service, candidate, { send, node, limiter, deadline })),
      };
  const stores = { endpoints, secrets, log: request.log };
  const written = await storeRow(next, values, (named) => endpoints.update(named, row.revision), stores);
  if (written && service.node) await rescale(row, written, dependencies);
  if (written && row.secret !== undefined && written.secret !== row.secret) await retireSecret(row.secret, stores);
  return written;
};

/**
 * Updates an endpoint: `PUT _inference/{task_type}/{id}/_update`. Two updates at once never overwrite each other: the loser reads
 * again and merges.
 *
 * @param signal - aborted when the caller leaves
 * @returns the endpoint as GET shows it
 * @throws InferenceError 409 when others were faster three times
 * @see the contract, §5
 */
export const updateEndpoint = async (
  request: ManageRequest,
  dependencies: ManageDependencies,
  signal: AbortSignal,
): Promise<ShownEndpoint> => {
  const { inferenceId } = request;
  checkInferenceId(inferenceId);
  const changes = readChanges(requireObject(request.body()), request.taskType);
  const deadline = createDeadline(request.timeout, changes.taskType, signal);
  try {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const row = await dependencies.endpoints.get(inferenceId);
      if (!row) {
        throw statusException(404, `The inference endpoint [${inferenceId}] does not exist and cannot be updated`);
      }
      if (row.task_type !== changes.taskType) throw otherTaskType();
      await refuseBorrower(row, dependencies);
      const service = await requireService(row);
      const updated = await service.bind((descriptor) =>
        tryUpdate(descriptor, row, changes, request, dependencies, deadline),
      );
      if (updated) return showEndpoint(updated);
    }
  } finally {
    deadline.clear();
  }
  throw statusException(409, `Inference endpoint [${inferenceId}] was changed by others at the same time`);
};
