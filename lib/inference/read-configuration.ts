import type { Blame } from '../api/blame.ts';
import { type ChunkingSettings, readChunkingSettings } from '../api/chunking-settings.ts';
import { statusException } from '../api/errors.ts';
import { javaMap } from '../api/java.ts';
import { picked } from '../api/json.ts';
import {
  type JsonObject,
  knownKeys,
  readSettings,
  refuseUnknown,
  requireParsed,
  requireSettings,
} from '../api/read-settings.ts';
import { isEmbeddingTask, type TaskType } from '../api/task-type.ts';
import type { Configuration, Found, Operator, Service } from '../services/service.ts';
import { findDefinition } from './definition.ts';
import { shownSecrets } from './shown-body.ts';

/** What a PUT says besides its service, once it fits. */
export type ReadConfiguration<S, T, K> = {
  readonly settings: S;
  readonly taskSettings: T;
  readonly secrets: K;
};

/** The keys of `sent` that are among `keys`, without those that are null, which count as absent; and the others. */
export const partition = (sent: JsonObject, keys: readonly string[]) => {
  const chosen = keys.filter((key) => Object.hasOwn(sent, key));
  const inside = picked(
    sent,
    chosen.filter((key) => sent[key] !== null),
  );
  // Not copied for nothing: a caller may send hundreds of thousands of keys.
  if (chosen.length === 0) return { inside, outside: sent };
  return {
    inside,
    outside: picked(
      sent,
      Object.keys(sent).filter((key) => !chosen.includes(key)),
    ),
  };
};

export const taskNotSupported = (service: string, taskType: TaskType) =>
  statusException(400, `The [${service}] service does not support task type [${taskType}]`);

/**
 * Reads the settings of a PUT in the contract's order: service settings, task settings, secrets; unknown keys last.
 *
 * @param unread - fields of the body's root that mean nothing
 * @param found - what the settings refer to
 * @see the contract, §4.1, steps 12 and 13
 */
export const readConfiguration = <S extends JsonObject, T extends JsonObject, K>(
  service: Service<S, T, K>,
  taskType: TaskType,
  given: Configuration,
  unread: readonly (readonly [string, unknown])[],
  blame: Blame,
  operator: Operator,
  found: Found = {},
): ReadConfiguration<S, T, K> => {
  if (!service.tasks[taskType]) throw taskNotSupported(service.name, taskType);
  const config = service.relocate?.(given) ?? given;
  const { inside: secretsSent, outside: sent } = partition(config.service_settings, knownKeys(service.secrets));
  const readSecrets = (): K =>
    requireSettings(
      readSettings(
        service.secrets,
        'secret_settings',
        shownSecrets(secretsSent),
        (secrets) => service.secretRules?.(secrets, sent, operator) ?? [],
      ),
      // Missing and wrong secrets are always told together.
      { ...blame, words: 'collected' },
    );
  const secretsFirst = service.secretsFirst && readSecrets();
  const definition = findDefinition(service, taskType, sent);
  if (!definition) throw taskNotSupported(service.name, taskType);
  definition.accept?.(sent, found);
  const settings = readSettings(
    definition.putFor?.(sent) ?? definition.put,
    'service_settings',
    sent,
    definition.rules,
  );
  const taskSettings = readSettings(definition.taskSettings.put, 'task_settings', config.task_settings);
  const taskBlame: Blame = { ...blame, words: definition.taskSettings.words ?? blame.words };
  const settingsBlame: Blame = { ...blame, words: definition.words ?? blame.words };
  const settingsRead = requireSettings(settings, settingsBlame);
  // A strict parser refuses what it does not know at once, the others do it at the end.
  if (settingsBlame.words !== 'collected') refuseUnknown(settings.unknown, settingsBlame);
  const read = {
    settings: definition.settled?.(settingsRead, found) ?? settingsRead,
    taskSettings: requireParsed(taskSettings, definition.taskSettings.parser, taskBlame),
    secrets: secretsFirst ?? readSecrets(),
  };
  definition.refuse?.(read.settings, read.taskSettings);
  if (unread.length > 0) {
    throw statusException(
      400,
      `Configuration contains settings [${javaMap(unread)}] unknown to the [${service.name}] service`,
    );
  }
  refuseUnknown(settings.unknown, settingsBlame);
  if (definition.taskSettings.others !== 'ignored') refuseUnknown(taskSettings.unknown, taskBlame);
  return read;
};

/** Chunking settings for the task types that have them; the key is unknown to all others. */
export const readChunking = (taskType: TaskType, root: JsonObject): ChunkingSettings | undefined =>
  isEmbeddingTask(taskType) ? readChunkingSettings(root.chunking_settings) : undefined;
