import { isDeepStrictEqual } from 'node:util';
import {
  type Blame,
  type JsonObject,
  knownKeys,
  readSettings,
  refuseUnknown,
  requireSettings,
} from '../api/read-settings.ts';
import type { Service } from '../services/service.ts';
import { mergeSettings } from './infer.ts';
import type { EndpointRow, Secrets } from './ports.ts';
import { partition, taskNotSupported } from './read-configuration.ts';
import type { Changes } from './read-update.ts';

/** The row as it would be after the update, and the secrets where they change. */
export type Merged<S, T, K> = {
  readonly settings: S;
  readonly taskSettings: T;
  readonly secrets: K;
  readonly newSecrets: boolean;
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
  const definition = service.tasks[row.task_type];
  if (!definition) throw taskNotSupported(service.name, row.task_type);
  const stored = definition.stored.parse(row.service_settings);
  const secrets = service.secrets.parse(storedSecrets);
  const sent = partition(changes.serviceSettings ?? {}, knownKeys(service.secrets));
  const settings = readSettings(definition.update.settings, 'service_settings', sent.outside, (given) =>
    changes.serviceSettings === undefined ? [] : (definition.update.rules?.(given, stored) ?? []),
  );
  const settingChanges = requireSettings(settings, blame);
  if (definition.update.others === 'refused') refuseUnknown(settings.unknown, blame);
  const taskChanges = requireSettings(
    readSettings(definition.taskSettings.request, 'task_settings', changes.taskSettings),
    blame,
  );
  const secretWords: Blame = { ...blame, words: 'collected' };
  const sentSecrets = { ...storedSecrets, ...sent.inside };
  const secretRules = service.secretUpdateRules;
  const newSecrets = requireSettings(
    readSettings(service.secrets, 'service_settings', sentSecrets, () => secretRules?.(sent.inside, secrets) ?? []),
    secretWords,
  );
  const present = Object.fromEntries(Object.entries(settingChanges).filter(([, value]) => value !== undefined));
  return {
    settings:
      changes.serviceSettings !== undefined && definition.update.merge
        ? definition.update.merge(stored, settingChanges)
        : mergeSettings(stored, present),
    taskSettings: mergeSettings(definition.taskSettings.put.parse(row.task_settings), taskChanges),
    secrets: newSecrets,
    newSecrets: !isDeepStrictEqual(sentSecrets, storedSecrets),
  };
};
