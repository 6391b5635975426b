import { isJsonObject } from '../api/schema-steps.ts';

// Bodies in messages. Elasticsearch repeats secrets too; here what may be one is hidden by the mark that it has for that elsewhere.

const redacted = '::es_redacted::';

/** Service settings for messages: names without values, also where several stand in a list. */
export const shownSettings = (settings: unknown): unknown => {
  if (Array.isArray(settings)) return settings.map(shownSettings);
  if (!isJsonObject(settings)) return settings;
  return Object.fromEntries(Object.keys(settings).map((name) => [name, redacted]));
};

/** A body for messages, or a list of some. */
export const shownBody = (body: unknown): unknown => {
  if (Array.isArray(body)) return body.map(shownBody);
  if (!isJsonObject(body) || !Object.hasOwn(body, 'service_settings')) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, name === 'service_settings' ? shownSettings(value) : value]),
  );
};

/** Secrets for messages: one that is no text may still hold some. */
export const shownSecrets = (secrets: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, shownSecret(value)]));

const shownSecret = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(() => redacted) : shownSettings(value);
