import * as z from 'zod';
import { isMap } from '../api/settings.ts';
import { type TaskType, taskTypes } from '../api/task-type.ts';
import { findService, serviceNames } from '../services/index.ts';
import type { Service } from '../services/service.ts';
import { descriptionOf, labelOf } from './setting-words.ts';

/** One setting of a service as `GET _inference/_services` shows it. */
type SettingEntry = {
  readonly default_value?: unknown;
  readonly description: string;
  readonly label: string;
  readonly required: boolean;
  readonly sensitive: boolean;
  readonly updatable: boolean;
  readonly type: 'str' | 'int' | 'bool' | 'list' | 'map';
  readonly supported_task_types: readonly TaskType[];
};

/** One service of the catalogue (contract §16). */
export type CatalogueEntry = {
  readonly service: string;
  readonly name: string;
  readonly task_types: readonly TaskType[];
  readonly configurations: Readonly<Record<string, SettingEntry>>;
  readonly features?: { readonly non_streaming_chat: { readonly supported: boolean } };
};

type Unwrapped = { readonly schema: z.ZodType; readonly required: boolean; readonly defaultValue?: unknown };

/** The schema below its wrappings, and what they say about absence. */
const unwrap = (schema: z.ZodType): Unwrapped => {
  // The inner types are typed as zod's core; every schema of this project is a classic one.
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return { ...unwrap(schema.unwrap() as z.ZodType), required: false };
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const { innerType, defaultValue } = schema.def;
    return { ...unwrap(innerType as z.ZodType), required: false, defaultValue };
  }
  if (schema instanceof z.ZodPipe) {
    const from = schema.in as z.ZodType;
    return unwrap(from instanceof z.ZodTransform ? (schema.out as z.ZodType) : from);
  }
  return { schema, required: true };
};

const typeOf = (schema: z.ZodType): SettingEntry['type'] => {
  if (schema instanceof z.ZodNumber) return 'int';
  if (schema instanceof z.ZodBoolean) return 'bool';
  if (schema instanceof z.ZodArray) return 'list';
  if (schema instanceof z.ZodObject || isMap(schema)) return 'map';
  return 'str';
};

/** The settings of an object schema, those of `rate_limit` one by one with a dot in their name. */
const settingsOf = (schema: z.ZodType): readonly (readonly [name: string, setting: Unwrapped])[] => {
  const object = unwrap(schema).schema;
  if (!(object instanceof z.ZodObject)) return [];
  return Object.entries(object.shape).flatMap(([name, inner]) => {
    // The values of a shape are typed as zod's core.
    const setting = unwrap(inner as z.ZodType);
    if (name !== 'rate_limit') return [[name, setting] as const];
    return settingsOf(setting.schema).map(
      ([part, value]) => [`${name}.${part}`, { ...value, required: false }] as const,
    );
  });
};

const describe = <S, T, K>(service: Service<S, T, K>): CatalogueEntry => {
  const tasks = taskTypes.filter((task) => service.tasks[task]);
  const entries = new Map<string, SettingEntry>();
  const add = (task: TaskType, name: string, setting: Unwrapped, sensitive: boolean, updatable: boolean) => {
    const known = entries.get(name);
    const defaultValue = typeof setting.defaultValue === 'object' ? undefined : setting.defaultValue;
    // Tasks may have rate limits of their own: none of them is the default of the others.
    const holdsForAll = known === undefined || known.default_value === defaultValue;
    entries.set(name, {
      ...(defaultValue !== undefined && holdsForAll && { default_value: defaultValue }),
      description: service.catalogue?.[name] ?? descriptionOf(name),
      label: labelOf(name),
      required: setting.required || service.required?.includes(name) === true,
      sensitive,
      updatable,
      type: typeOf(setting.schema),
      supported_task_types: [...(known?.supported_task_types ?? []), task],
    });
  };
  for (const task of tasks) {
    const definition = service.tasks[task];
    if (!definition) continue;
    const updatable = new Set(
      settingsOf(definition.update.settings).flatMap(([name, { schema }]) =>
        // An update may know a setting only to refuse it in its own words.
        schema instanceof z.ZodUnknown ? [] : [name],
      ),
    );
    for (const [name, setting] of settingsOf(service.secrets)) add(task, name, setting, true, true);
    for (const [name, setting] of settingsOf(definition.put)) add(task, name, setting, false, updatable.has(name));
    // The one task setting that Elasticsearch lists.
    for (const [name, setting] of settingsOf(definition.taskSettings.put))
      if (name === 'headers') add(task, name, setting, false, true);
  }
  return {
    service: service.name,
    name: service.label,
    task_types: tasks,
    configurations: Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(service.tasks.chat_completion && { features: { non_streaming_chat: { supported: true } } }),
  };
};

/**
 * Every service with its settings, made from the descriptors: a new service appears by itself.
 *
 * @param taskType - only services with this task
 * @see the contract, §16
 */
export const listServices = async (taskType: TaskType | undefined): Promise<readonly CatalogueEntry[]> => {
  const services = await Promise.all([...serviceNames].sort().map((name) => findService(name)));
  return services
    .flatMap((service) => (service && !service.hidden ? [service.bind(describe)] : []))
    .filter(({ task_types }) => taskType === undefined || task_types.includes(taskType));
};
