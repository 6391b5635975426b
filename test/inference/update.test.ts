import { describe, expect, it } from 'vitest';
import { refused, told, validationCallFailed } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { apiKey, endpointBody, openai, putEndpoint, refusal } from './openai.ts';

/** A service with the endpoint `e`, and the number of calls to its service since then. */
const withEndpoint = async (taskType = 'text_embedding') => {
  const http = scriptedHttp((request, position) =>
    request.headers.authorization === 'Bearer refused' ? refusal(401, 'no') : openai(request, position),
  );
  const whole = createWholeService(http);
  await putEndpoint(whole, taskType, 'e', endpointBody({}, { task_settings: { user: 'u' } }));
  const before = http.sent.length;
  const update = (body: unknown, path = `/_inference/${taskType}/e/_update`) =>
    whole.request({ method: 'PUT', path, body });
  return { whole, update, calls: () => http.sent.length - before };
};

const statusException = (reason: string, status = 400) => refused(status, 'status_exception', reason);

describe('_update', () => {
  it.each<[string, unknown, ReturnType<typeof refused>]>([
    ['an empty object', {}, statusException('Request body is empty')],
    [
      'other keys, which it names',
      { service: 'openai', chunking_settings: { a: [1] }, task_settings: {} },
      statusException(
        'Request contained fields which cannot be updated, remove these fields and try again [{service=openai, chunking_settings={a=[1]}}]',
      ),
    ],
    [
      'service settings that are none',
      { service_settings: 'x' },
      statusException('Unable to parse service settings in the request [{service_settings=x}]'),
    ],
    [
      'service settings that are a decimal number',
      '{"service_settings":1.5}',
      statusException('Unable to parse service settings in the request [{service_settings=1.5}]'),
    ],
    [
      'a list of service settings, without what may be a secret',
      { service_settings: [{ api_key: 'k' }, [{ a: 1 }], 2] },
      statusException(
        'Unable to parse service settings in the request [{service_settings=[{api_key=::es_redacted::}, [{a=::es_redacted::}], 2]}]',
      ),
    ],
    [
      'task settings that are none',
      { task_settings: [1] },
      statusException('Unable to parse task settings in the request [{task_settings=[1]}]'),
    ],
    [
      'a task type that is no text',
      { task_type: 5 },
      statusException('Failed to parse [task_type] in update request [{task_type=5}]', 500),
    ],
    [
      'a task type that is no text, without what may be a secret',
      { task_type: 5, service_settings: { api_key: 'k', a: { b: 1 } }, task_settings: { user: 'u' } },
      statusException(
        'Failed to parse [task_type] in update request [{task_type=5, service_settings={api_key=::es_redacted::, a=::es_redacted::}, task_settings={user=u}}]',
        500,
      ),
    ],
    ['an unknown task type', { task_type: 'nope' }, statusException('Unknown task_type [nope]')],
    [
      'the task type of another endpoint',
      { task_type: 'completion' },
      statusException('Task type must match the task type of the existing endpoint'),
    ],
    [
      'a value that does not fit',
      { service_settings: { rate_limit: { requests_per_minute: 0 } } },
      refused(
        400,
        'validation_exception',
        'Validation Failed: 1: [rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long;',
      ),
    ],
    [
      'an empty secret',
      { service_settings: { api_key: '' } },
      refused(
        400,
        'validation_exception',
        'Validation Failed: 1: [secret_settings] Invalid value empty string. [api_key] must be a non-empty string;',
      ),
    ],
  ])('refuses %s', async (_, body, expected) => {
    const { whole, update, calls } = await withEndpoint();
    const before = await whole.endpoints.list();
    expect(told(await update(body))).toEqual(expected);
    expect(calls()).toBe(0);
    expect(await whole.endpoints.list()).toEqual(before);
  });

  it.each([
    [
      'no task type',
      '/_inference/e/_update',
      { task_settings: {} },
      statusException('model is missing required setting [task_type]'),
    ],
    [
      'no endpoint',
      '/_inference/completion/none/_update',
      { task_settings: {} },
      statusException('The inference endpoint [none] does not exist and cannot be updated', 404),
    ],
    [
      'another task type',
      '/_inference/completion/e/_update',
      { task_settings: {} },
      statusException('Task type must match the task type of the existing endpoint'),
    ],
  ])('refuses a path with %s', async (_, path, body, expected) => {
    const { update } = await withEndpoint();
    expect(told(await update(body, path))).toEqual(expected);
  });

  // Each row breaks its own check and all that come later.
  it.each([
    ['the id', '/_inference/Bad/_update', '{', /^Validation Failed: 1: Invalid inference_id; 'Bad'/],
    ['the JSON', '/_inference/none/_update', '{', /^\[1:2\] Unexpected end-of-input/],
    [
      'the shape of the body',
      '/_inference/none/_update',
      { service: 'x', task_settings: 1 },
      /^Request contained fields/,
    ],
    ['the task type', '/_inference/none/_update', { task_settings: { user: 1 } }, /^model is missing required setting/],
    [
      'that the endpoint exists',
      '/_inference/completion/none/_update',
      { task_settings: { user: 1 } },
      /does not exist/,
    ],
    [
      'the endpoint’s task type',
      '/_inference/completion/e/_update',
      { task_settings: { user: 1 } },
      /^Task type must match/,
    ],
    [
      'the settings',
      '/_inference/text_embedding/e/_update',
      { service_settings: { api_key: 'refused' }, task_settings: { user: 1 } },
      /^Validation Failed: 1: field \[user\]/,
    ],
    [
      'the validation call',
      '/_inference/text_embedding/e/_update',
      { service_settings: { api_key: 'refused' } },
      /^Could not complete inference endpoint creation/,
    ],
  ])('checks %s before what comes later', async (_, path, body, reason) => {
    const { update } = await withEndpoint();
    expect((await update(body, path)).json).toMatchObject({ error: { reason: expect.stringMatching(reason) } });
  });

  it.each([
    [
      'what is stored already',
      {
        service_settings: { rate_limit: { requests_per_minute: 3000 }, api_key: apiKey },
        task_settings: { user: 'u' },
      },
    ],
    ['nothing', { service_settings: {}, task_settings: {} }],
    ['only what cannot change', { service_settings: { model_id: 'other', dimensions: 9, nope: 1 } }],
    ['its task type', { task_type: 'Text_Embedding' }],
  ])('with %s answers the endpoint as it is, without a call to its service', async (_, body) => {
    const { whole, update, calls } = await withEndpoint();
    const before = await whole.endpoints.list();
    const shown = await whole.request({ method: 'GET', path: '/_inference/e' });
    const answer = await update(body);
    expect(answer.status).toBe(200);
    expect({ endpoints: [answer.json] }).toEqual(shown.json);
    expect(calls()).toBe(0);
    expect(await whole.endpoints.list()).toEqual(before);
    expect([...whole.secrets.kept.keys()]).toEqual(['memory/1']);
  });

  it('changes task settings field by field and service settings that can change, after a validation call', async () => {
    const { whole, update, calls } = await withEndpoint();
    const answer = await update(
      {
        task_type: 'text_embedding',
        service_settings: { organization_id: 'o' },
        task_settings: { headers: { a: 'b' } },
      },
      '/_inference/e/_update',
    );
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      '{"inference_id":"e","task_type":"text_embedding","service":"openai","service_settings":{"model_id":"a-model","organization_id":"o","similarity":"dot_product","dimensions":2,"rate_limit":{"requests_per_minute":3000}},"task_settings":{"user":"u","headers":{"a":"b"}},"chunking_settings":{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}}',
    );
    expect((await whole.request({ method: 'GET', path: '/_inference/e' })).text).toBe(`{"endpoints":[${answer.text}]}`);
    expect(calls()).toBe(1);
    expect([...whole.secrets.kept.keys()]).toEqual(['memory/1']);
  });

  it('with a new secret writes another one, and the old one can be restored', async () => {
    const { whole, update } = await withEndpoint();
    const answer = await update({ service_settings: { api_key: 'second' } });
    expect(answer.status).toBe(200);
    expect(await whole.endpoints.list()).toMatchObject([{ secret: 'memory/2' }]);
    expect([...whole.secrets.kept]).toEqual([['memory/2', { api_key: 'second' }]]);
    expect([...whole.secrets.restorable]).toEqual([['memory/1', { api_key: apiKey }]]);
  });

  it('with a secret that the service refuses changes nothing', async () => {
    const { whole, update } = await withEndpoint();
    const before = await whole.endpoints.list();
    expect(told(await update({ service_settings: { api_key: 'refused' }, task_settings: { user: 'v' } }))).toEqual(
      validationCallFailed(
        'Received an authentication error status code for request from inference entity id [e] status [401]. Error message: [no]',
      ),
    );
    expect(await whole.endpoints.list()).toEqual(before);
    expect([...whole.secrets.kept]).toEqual([['memory/1', { api_key: apiKey }]]);
    expect(whole.secrets.restorable.size).toBe(0);
  });

  it('is seen by the next call of the same process', async () => {
    const http = scriptedHttp(openai);
    const whole = createWholeService(http);
    await putEndpoint(whole, 'completion', 'e');
    const call = () => whole.request({ method: 'POST', path: '/_inference/e', body: { input: 'a' } });
    await call();
    const body = { service_settings: { api_key: 'second' } };
    await whole.request({ method: 'PUT', path: '/_inference/completion/e/_update', body });
    await call();
    expect(http.sent.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${apiKey}`,
      `Bearer ${apiKey}`,
      'Bearer second',
      'Bearer second',
    ]);
  });

  it('tells of a secret that someone has deleted', async () => {
    const { whole, update } = await withEndpoint();
    await whole.secrets.delete('memory/1', { forever: true });
    expect(told(await update({ task_settings: { user: 'v' } }))).toEqual(
      statusException('The secret of inference endpoint [e] is missing', 500),
    );
  });
});
