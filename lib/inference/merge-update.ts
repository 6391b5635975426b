import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import type { Blame } from '../api/blame.ts';
import {
  type JsonObject,
  knownKeys,
  readSettings,
  refuseUnknown,
  requireParsed,
  requireSettings,
} from '../api/read-settings.ts';
import type { Service, TaskDefinition } from '../services/service.ts';
import { findDefinition } from './definition.ts';
import { mergeSettings } from './infer.ts';
import type { EndpointRow, Secrets } from './ports.ts';
import { partition, taskNotSupported } from './read-configuration.ts';
import type { Changes } from './read-update.ts';
import { shownSecrets } from './shown-body.ts';

/** The row as it would be after the update, and the secrets where they change. */
export type Merged<S, T, K> = {
  readonly settings: S;
  readonly taskSettings: T;
  readonly secrets: K;
  readonly newSecrets: boolean;
};

const mergeTaskSettings = <S, T extends JsonObject>(
  { taskSettings: { put, request, merge, updated, words, parser } }: TaskDefinition<S, T>,
  stored: JsonObject,
  sent: JsonObject | undefined,
  blame: Blame,
): T => {
  const read = <Read>(schema: z.ZodType<Read>): Read =>
    requireParsed(readSettings(schema, 'task_settings', sent ?? {}), parser, { ...blame, words: words ?? blame.words });
  if (updated === 'replaced' && sent !== undefined) return read(put);
  const overlay = updated === 'overlaid' ? (merge ?? mergeSettings) : mergeSettings;
  // Read as a PUT's once more: what it stores, and in its order.
  return put.parse(overlay(put.parse(stored), read(request)));
};

/**
 * Lays an update over what is stored.
 *
 * @throws InferenceError 400 for settings that do not fit, or that cannot change
 */
export const mergeUpdate = <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
  row: EndpointRow,
  storedSecrets: Secrets,
  changes: Changes,
  blame: Blame,
): Merged<S, T, K> => {
  const definition = findDefinition(service, row.task_type, row.service_settings);
  if (!definition) throw taskNotSupported(service.name, row.task_type);
  const stored = definition.stored.parse(row.service_settings);
  const secrets = service.secrets.parse(storedSecrets);
  const sent = partition(changes.serviceSettings ?? {}, knownKeys(service.secrets));
  const settings = readSettings(definition.update.settings, 'service_settings', sent.outside, (given) =>
    changes.serviceSettings === undefined ? [] : (definition.update.rules?.(given, stored) ?? []),
  );
  const settingsBlame = { ...blame, words: definition.words ?? blame.words };
  const settingChanges = requireSettings(settings, settingsBlame);
  if (definition.update.others === 'refused') refuseUnknown(settings.unknown, settingsBlame);
  const taskSettings = mergeTaskSettings(definition, row.task_settings, changes.taskSettings, blame);
  const secretWords: Blame = { ...blame, words: 'collected' };
  const sentSecrets = { ...storedSecrets, ...shownSecrets(sent.inside) };
  const secretRules = service.secretUpdateRules;
  const newSecrets = requireSettings(
    readSettings(service.secrets, 'secret_settings', sentSecrets, () => secretRules?.(sent.inside, secrets) ?? []),
    secretWords,
  );
  const present = Object.fromEntries(Object.entries(settingChanges).filter(([, value]) => value !== undefined));
  const merged =
    changes.serviceSettings !== undefined && definition.update.merge
      ? definition.update.merge(stored, settingChanges)
      : mergeSettings(stored, present);
  definition.refuse?.(merged, taskSettings);
  return {
    settings: merged,
    taskSettings,
    secrets: newSecrets,
    newSecrets: !isDeepStrictEqual(sentSecrets, storedSecrets),
  };
};
