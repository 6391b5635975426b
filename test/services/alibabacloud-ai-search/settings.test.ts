import { describe, expect, it } from 'vitest';
import { refused, told } from '../../helpers/envelopes.ts';
import {
  lacking,
  notParsed,
  notParsedInside,
  statusError,
  testedEndpoint,
  unknownField,
  validationFailed,
} from '../endpoints.ts';

const base = { api_key: 'never-shown', service_id: 's', host: 'search.example', workspace: 'w' };

/** One setting on each line, so that places are easy to see. */
const put = (task: string, serviceSettings: object, taskSettings: object = {}) =>
  testedEndpoint(task).put(
    JSON.stringify(
      { service: 'alibabacloud-ai-search', service_settings: serviceSettings, task_settings: taskSettings },
      undefined,
      1,
    ),
  );

const missing = (name: string, scope = 'service_settings') =>
  `[${scope}] does not contain the required setting [${name}]`;
const empty = (name: string, scope = 'service_settings') =>
  `[${scope}] Invalid value empty string. [${name}] must be a non-empty string`;
const notOf = (type: string, name: string, value: string) =>
  `field [${name}] is not of the expected type. The value [${value}] cannot be converted to a [${type}]`;
const badSchema = 'Invalid value for [http_schema]. Must be one of [https, http]';

describe('settings of alibabacloud-ai-search', () => {
  it.each<[string, string, object, object]>([
    ['nothing but a key', 'rerank', { api_key: 'k' }, lacking(missing('service_id'))],
    ['an empty host', 'rerank', { ...base, host: '' }, lacking(empty('host'))],
    ['an empty workspace', 'completion', { ...base, workspace: '' }, lacking(empty('workspace'))],
    [
      'another scheme',
      'completion',
      { ...base, http_schema: 'ftp' },
      refused(400, 'illegal_argument_exception', badSchema),
    ],
    [
      'a scheme in capitals',
      'text_embedding',
      { ...base, http_schema: 'HTTPS' },
      refused(400, 'illegal_argument_exception', badSchema),
    ],
    [
      'an unknown similarity',
      'text_embedding',
      { ...base, similarity: 'dot' },
      notParsed(
        '[8:17] [service_settings]',
        'similarity',
        'Invalid value [dot]; expected one of [cosine, dot_product, l2_norm]',
      ),
    ],
    [
      'a rate of 0',
      'sparse_embedding',
      { ...base, rate_limit: { requests_per_minute: 0 } },
      notParsedInside(
        '[9:27] [service_settings]',
        'rate_limit',
        notParsed(
          '[9:27] [rate_limit]',
          'requests_per_minute',
          '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
        ),
      ),
    ],
    ['an unknown setting', 'rerank', { ...base, foo: 1 }, unknownField('[8:3] [service_settings] unknown field [foo]')],
    [
      'a setting that is nearly known',
      'rerank',
      { ...base, hosts: 'x' },
      unknownField('[8:3] [service_settings] unknown field [hosts] did you mean [host]?'),
    ],
    [
      'the dimensions of sparse vectors',
      'sparse_embedding',
      { ...base, dimensions: 2 },
      unknownField('[8:3] [service_settings] unknown field [dimensions]'),
    ],
    ['no api_key', 'rerank', { ...base, api_key: undefined }, validationFailed(missing('api_key', 'secret_settings'))],
    ['an empty api_key', 'rerank', { ...base, api_key: '' }, validationFailed(empty('api_key', 'secret_settings'))],
  ])('refuse service settings with %s', async (_, task, serviceSettings, expected) => {
    expect(told(await put(task, serviceSettings))).toEqual(expected);
  });

  it.each<[string, string, object, object]>([
    [
      'an input_type for classification',
      'text_embedding',
      { input_type: 'classification' },
      validationFailed(
        '[task_settings] Invalid value [classification] received. [input_type] must be one of [ingest, internal_ingest, internal_search, search]',
      ),
    ],
    [
      'a return_token that is a text',
      'sparse_embedding',
      { return_token: 'x' },
      validationFailed(notOf('Boolean', 'return_token', 'x')),
    ],
    [
      'parameters that are no object',
      'completion',
      { parameters: 'x' },
      validationFailed(notOf('Map', 'parameters', 'x')),
    ],
    [
      'parameters that are a list',
      'completion',
      { parameters: [1] },
      validationFailed(notOf('Map', 'parameters', '[1]')),
    ],
    [
      'what rankings do not know',
      'rerank',
      { top_n: 1 },
      statusError('Configuration contains settings [{top_n=1}] unknown to the [alibabacloud-ai-search] service'),
    ],
    [
      'what dense vectors do not know',
      'text_embedding',
      { return_token: true },
      statusError(
        'Configuration contains settings [{return_token=true}] unknown to the [alibabacloud-ai-search] service',
      ),
    ],
  ])('refuse task settings with %s', async (_, task, taskSettings, expected) => {
    expect(told(await put(task, base, taskSettings))).toEqual(expected);
  });

  it('refuse the task type chat_completion', async () => {
    const { status, text } = await put('chat_completion', base);
    expect(status).toBe(400);
    expect(text).toContain('The [alibabacloud-ai-search] service does not support task type [chat_completion]');
  });
});
