import { statusException } from '../api/errors.ts';
import { javaText } from '../api/java.ts';
import type { JsonDocument } from '../api/json.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { isJsonObject } from '../api/schema-steps.ts';
import { parseTaskType, type TaskType } from '../api/task-type.ts';
import { findService } from '../services/index.ts';
import { shownBody, shownSettings } from './shown-body.ts';

// What the body of a PUT says before its service reads the settings.

/** The root of a body, which must be an object. */
export const requireObject = ({ value }: JsonDocument): JsonObject => {
  if (isJsonObject(value)) return value;
  throw statusException(400, `The request body must be an object, but was [${javaText(shownBody(value))}]`);
};

const wrongType = (name: string, value: unknown, javaType: 'String' | 'Map') =>
  statusException(
    400,
    `field [${name}] is not of the expected type. The value [${javaText(value)}] cannot be converted to a [${javaType}]`,
  );

/** The task type out of path and body, one of which must name it (contract §2). */
export const resolveTaskType = (path: TaskType | 'any' | undefined, sent: unknown): TaskType => {
  const inPath = path === 'any' ? undefined : path;
  if (sent === undefined || sent === null) {
    if (inPath) return inPath;
    throw statusException(400, 'model is missing required setting [task_type]');
  }
  if (typeof sent !== 'string') throw wrongType('task_type', sent, 'String');
  const inBody = parseTaskType(sent);
  if (inBody === 'any') throw statusException(400, 'task_type [any] is not valid type for inference');
  if (inPath && inPath !== inBody) {
    throw statusException(
      400,
      `Cannot resolve conflicting task_type parameter in the request URL [${inPath}] and the request body [${inBody}]`,
    );
  }
  return inBody;
};

/** One of the two settings objects; null counts as absent. */
export const settingsObject = (root: JsonObject, name: string): JsonObject | undefined => {
  const value = root[name];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw wrongType(name, name === 'service_settings' ? shownSettings(value) : value, 'Map');
  return value;
};

/** The service that the body names, also by an older name of it. */
export const requireServiceName = async (sent: unknown) => {
  if (sent === undefined || sent === null)
    throw statusException(400, 'Inference endpoint configuration is missing the [service] setting');
  if (typeof sent !== 'string') throw wrongType('service', sent, 'String');
  const service = await findService(sent);
  if (!service) throw statusException(400, `Unknown service [${sent}]`);
  return { name: sent, service };
};
