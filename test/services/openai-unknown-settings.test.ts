import { describe, expect, it } from 'vitest';
import { told } from '../helpers/envelopes.ts';
import { statusError, testedEndpoint, validationFailed } from './endpoints.ts';

const base = { api_key: 'k', model_id: 'm' };

const notOf = (type: string, name: string, value: string) =>
  `field [${name}] is not of the expected type. The value [${value}] cannot be converted to a [${type}]`;
const emptyUser = '[task_settings] Invalid value empty string. [user] must be a non-empty string';

describe('a new endpoint of openai', () => {
  it.each<[string, string, object, string]>([
    [
      'service setting',
      'text_embedding',
      { service_settings: { ...base, foo: 'bar', baz: { a: [1, 'x'] } } },
      '{foo=bar, baz={a=[1, x]}}',
    ],
    ['service setting that is null', 'text_embedding', { service_settings: { ...base, foo: null } }, '{foo=null}'],
    [
      'setting that only we write',
      'text_embedding',
      { service_settings: { ...base, dimensions_set_by_user: true } },
      '{dimensions_set_by_user=true}',
    ],
    ['dimensions of a completion', 'completion', { service_settings: { ...base, dimensions: 2 } }, '{dimensions=2}'],
    [
      'similarity of a chat',
      'chat_completion',
      { service_settings: { ...base, similarity: 'cosine' } },
      '{similarity=cosine}',
    ],
    ['key of rate_limit', 'completion', { service_settings: { ...base, rate_limit: { x: 1 } } }, '{x=1}'],
    ['task setting', 'embedding', { service_settings: base, task_settings: { foo: true } }, '{foo=true}'],
    ['key of the root', 'text_embedding', { service_settings: base, foo: 1 }, '{foo=1}'],
    [
      'chunking settings of a completion',
      'completion',
      { service_settings: base, chunking_settings: { strategy: 'none' } },
      '{chunking_settings={strategy=none}}',
    ],
  ])('has no %s, which nobody knows', async (_, task, body, map) => {
    const reason = `Configuration contains settings [${map}] unknown to the [openai] service`;
    expect(told(await testedEndpoint(task).put({ service: 'openai', ...body }))).toEqual(statusError(reason));
  });

  it.each<[string, object, object]>([
    ['an empty user', { user: '' }, validationFailed(emptyUser)],
    ['a user that is no text', { user: 1 }, validationFailed(notOf('String', 'user', '1'))],
    ['headers that are no object', { headers: 'x' }, validationFailed(notOf('Map', 'headers', 'x'))],
    [
      'a header that is no text',
      { headers: { A: 'a', B: 1 } },
      validationFailed(
        'Map field [headers] has an entry that is not valid, [B => 1]. Value type of [1] is not one of [String].',
      ),
    ],
  ])('has no task settings with %s', async (_, taskSettings, expected) => {
    const body = { service: 'openai', service_settings: base, task_settings: taskSettings };
    expect(told(await testedEndpoint('completion').put(body))).toEqual(expected);
  });

  it.each([
    [
      'service settings',
      { service_settings: { foo: 1 }, task_settings: { user: '' }, foo: 1 },
      validationFailed('[service_settings] does not contain the required setting [model_id]'),
    ],
    [
      'task settings',
      { service_settings: { model_id: 'm', foo: 1 }, task_settings: { user: '' }, foo: 1 },
      validationFailed(emptyUser),
    ],
    [
      'secrets',
      { service_settings: { model_id: 'm', foo: 1 }, foo: 1 },
      validationFailed('[service_settings] must have exactly one field of [api_key, client_secret] set'),
    ],
  ])('is refused for mistakes in %s before those that come later', async (_, body, expected) => {
    expect(told(await testedEndpoint('text_embedding').put({ service: 'openai', ...body }))).toEqual(expected);
  });

  it.each(['sparse_embedding', 'rerank'])('is not of task type %s', async (task) => {
    expect(told(await testedEndpoint(task).put({ service: 'openai', service_settings: base }))).toEqual(
      statusError(`The [openai] service does not support task type [${task}]`),
    );
  });
});
