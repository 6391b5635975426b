import { hash, randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { actionRequestValidation, illegalArgument } from '../api/errors.ts';
import { JsonDecimal, type JsonDocument } from '../api/json.ts';
import { parseTimeValue } from '../api/time-value.ts';
import type { Handler } from '../http/types.ts';
import type { ApiKeyStore } from './api-key-row.ts';
import { intersect, privilegeProblem, reduce } from './privileges.ts';
import { jsonObject, readBody, requireBody } from './read-body.ts';
import { grantedNames, type RoleDescriptors, readRoleDescriptors } from './role-descriptors.ts';

const body = z.strictObject({
  name: z.string().optional(),
  expiration: z.string().optional(),
  role_descriptors: jsonObject.optional(),
  metadata: jsonObject.optional(),
});

const parser = 'api_key_request';

/** Together with the rest of a row it must stay under DynamoDB's 400 KB for an item. */
const maxJsonBytes = 350_000;

/** The last moment that a date can express, in milliseconds since 1970. */
const endOfTime = 8.64e15;

/** As many random bits as nobody can guess, in characters that need no escape anywhere. */
const randomText = (): string => randomBytes(16).toString('base64url');

const nameProblems = (name: string): readonly string[] => {
  if (name === '') return ['api key name is required'];
  return [
    ...(name.length > 256 ? ['api key name may not be more than 256 characters long'] : []),
    ...(name.trim() === name ? [] : ['api key name may not begin or end with whitespace']),
    ...(name.startsWith('_') ? ['api key name may not begin with an underscore'] : []),
  ];
};

const hasReservedKey = (metadata: Readonly<Record<string, unknown>> = {}): boolean =>
  Object.keys(metadata).some((key) => key.startsWith('_'));

/** Each message names all privileges that there are: those of a large body together would fill the memory. */
const mostProblems = 20;

const descriptorProblems = (descriptors: RoleDescriptors): readonly string[] => {
  const found: string[] = [];
  for (const { cluster, metadata } of Object.values(descriptors)) {
    for (const name of cluster ?? []) {
      if (found.length >= mostProblems) return found;
      found.push(...[privilegeProblem(name) ?? []].flat());
    }
    if (hasReservedKey(metadata)) found.push('role descriptor metadata keys may not start with [_]');
  }
  return found;
};

/** The moment at which a key ends that is to live so long from now on; all in milliseconds. */
const endOf = (expiration: string, now: number): number => {
  const end = now + Math.floor(parseTimeValue(expiration, 'expiration').millis);
  if (end <= endOfTime) return end;
  throw illegalArgument(`failed to parse setting [expiration] with value [${expiration}] as a time value`);
};

/**
 * The characters that the JSON of a value takes at least. Millions of numbers need not be written to be found too many: it ends where there
 * are more than `most`.
 */
const charactersOf = (value: unknown, most: number): number => {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null || value instanceof JsonDecimal) return 1;
  let count = 2;
  const names = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const name of names) {
    if (count > most) break;
    if (typeof name === 'string') count += name.length + 3;
    count += charactersOf(Reflect.get(value, name), most - count);
  }
  return count;
};

/** What a body asks for, checked. @throws InferenceError 400 */
const readRequest = (document: JsonDocument, now: number) => {
  const { name = '', expiration, role_descriptors = {}, metadata = {} } = readBody(body, parser, document);
  const descriptors = readRoleDescriptors(role_descriptors, parser, document);
  const end = expiration === undefined ? undefined : endOf(expiration, now);
  const wrong = [
    ...nameProblems(name),
    ...(hasReservedKey(metadata) ? ['API key metadata keys may not start with [_]'] : []),
    ...descriptorProblems(descriptors),
  ];
  if (wrong.length > 0) throw actionRequestValidation(wrong);
  const tooLarge = `the metadata and role descriptors of an API key may take up to ${maxJsonBytes} bytes`;
  if (charactersOf([metadata, role_descriptors], maxJsonBytes) > maxJsonBytes) throw illegalArgument(tooLarge);
  const texts = { metadata: JSON.stringify(metadata), role_descriptors: JSON.stringify(role_descriptors) };
  if (Buffer.byteLength(texts.metadata) + Buffer.byteLength(texts.role_descriptors) > maxJsonBytes)
    throw illegalArgument(tooLarge);
  return { name, end, descriptors, texts };
};

/** All the rights of the maker, or those of them that descriptors grant. */
const rightsOf = (descriptors: RoleDescriptors, makers: readonly string[]): string[] =>
  Object.keys(descriptors).length === 0 ? [...makers] : [...intersect(grantedNames(descriptors), makers)];

/**
 * `POST` or `PUT _security/api_key`: makes a key that may do what its descriptors and its maker both may, and answers its secret,
 * which is not kept.
 *
 * @throws InferenceError 400 for a body that does not fit
 * @see Elasticsearch specification, `security/create_api_key`; the contract, §15
 */
export const createApiKey =
  (keys: Pick<ApiKeyStore, 'create'>, now: () => number): Handler =>
  async ({ body: sent, caller }) => {
    const creation = now();
    const { name, end, descriptors, texts } = readRequest(requireBody(sent), creation);
    const expiration = end === undefined ? {} : { expiration: end };
    const makers = reduce(caller.privileges);
    const id = randomText();
    const secret = randomText();
    await keys.create({
      version: 1,
      id,
      // DynamoDB takes no half of a surrogate pair; JSON does.
      name: name.toWellFormed(),
      secret_hash: hash('sha256', secret, 'hex'),
      creation,
      ...expiration,
      invalidated: false,
      username: caller.username,
      maker: caller.keyId,
      ...texts,
      limited_by: JSON.stringify({ [caller.keyName]: { cluster: makers } }),
      privileges: rightsOf(descriptors, makers),
      revision: randomUUID(),
    });
    const encoded = Buffer.from(`${id}:${secret}`).toString('base64');
    return { json: { id, name, ...expiration, api_key: secret, encoded } };
  };
