import { describe, expect, it } from 'vitest';
import { told } from '../../helpers/envelopes.ts';
import { keyFile } from '../../helpers/service-account.ts';
import { statusError, storedEndpoint, testedEndpoint } from '../endpoints.ts';

const secret = JSON.stringify(keyFile);
const base = { service_account_json: secret, project_id: 'p' };
const model = { ...base, model_id: 'm' };
const url = 'https://garden.example/m:rawPredict';

const token = { access_token: 't', expires_in: 3600 };
const gemini = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'x' }] }, finishReason: 'STOP' }],
  usageMetadata: {},
  modelVersion: 'm',
  responseId: 'r',
};
const openAi = { id: 'o', choices: [{ message: { content: 'x' }, delta: { content: 'x' }, index: 0 }] };
const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;

const answers = {
  text_embedding: { predictions: [{ embeddings: { values: [0.5, -0.25] } }] },
  rerank: { records: [{ id: '0', score: 1 }] },
  completion: gemini,
  chat_completion: event(gemini),
};
type Task = keyof typeof answers;

const isToken = (address: string) => address === 'https://oauth2.googleapis.com/token';

/** An endpoint whose service gives tokens and `body`; `calls` are the requests that are not for tokens. */
const endpointOf = (task: string, body: unknown) => {
  const endpoint = testedEndpoint(task, (request) => ({ body: isToken(request.url) ? token : body }));
  return { ...endpoint, calls: () => endpoint.sent.filter((request) => !isToken(request.url)) };
};

const question = [{ role: 'user', parts: [{ text: 'how big' }] }];
const instance = { content: 'how big', task_type: 'RETRIEVAL_DOCUMENT' };

describe('an endpoint of googlevertexai', () => {
  it.each<[Task, string, object, object, string, object]>([
    [
      'text_embedding',
      'all that may be set',
      { ...model, location: 'l', max_batch_size: 7, max_input_tokens: 3, dimensions: 2, similarity: 'cosine' },
      { input_type: 'SEARCH', auto_truncate: true },
      '{"location":"l","project_id":"p","model_id":"m","max_input_tokens":3,"dimensions":2,"max_batch_size":7,"similarity":"cosine","rate_limit":{"requests_per_minute":30000}},"task_settings":{"auto_truncate":true,"input_type":"search"}',
      { instances: [instance], parameters: { autoTruncate: true, outputDimensionality: 2 } },
    ],
    [
      'text_embedding',
      'no more than must be set',
      model,
      {},
      '{"project_id":"p","model_id":"m","dimensions":2,"similarity":"dot_product","rate_limit":{"requests_per_minute":30000}},"chunking_settings"',
      { instances: [instance], parameters: {} },
    ],
    [
      'rerank',
      'top_n',
      model,
      { top_n: 3 },
      '{"project_id":"p","model_id":"m","rate_limit":{"requests_per_minute":300}},"task_settings":{"top_n":3}}',
      { model: 'm', query: 'test query', records: [{ id: '0', content: 'how big' }], topN: 3 },
    ],
    [
      'completion',
      'a location and an empty thinking_config',
      { ...model, location: 'l' },
      { max_tokens: 5, thinking_config: {} },
      '{"project_id":"p","location":"l","model_id":"m","provider":"GOOGLE","rate_limit":{"requests_per_minute":1000}},"task_settings":{"max_tokens":5}}',
      { contents: question, generationConfig: { maxOutputTokens: 5 } },
    ],
    [
      'completion',
      'a limit that is null, and nothing but what is passed over in thinking_config',
      { ...model, rate_limit: { requests_per_minute: null } },
      { thinking_config: { thinking_budget: null, include_thoughts: true } },
      '{"project_id":"p","model_id":"m","provider":"GOOGLE","rate_limit":{"requests_per_minute":1000}}}',
      { contents: question },
    ],
    [
      'chat_completion',
      'a provider, a limit and a budget',
      { ...model, provider: 'Google', rate_limit: { requests_per_minute: 7 } },
      { thinking_config: { thinking_budget: 0, include_thoughts: true } },
      '{"project_id":"p","model_id":"m","provider":"GOOGLE","rate_limit":{"requests_per_minute":7}},"task_settings":{"thinking_config":{"thinking_budget":0}}}',
      { contents: question, generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
    ],
  ])(
    'of %s with %s asks the service, and shows its settings in their order',
    async (task, _, sent, own, shown, asked) => {
      const endpoint = endpointOf(task, answers[task]);
      const { text } = await endpoint.put({ service: 'googlevertexai', service_settings: sent, task_settings: own });
      expect(text).toContain(`"service":"googlevertexai","service_settings":${shown}`);
      expect((await endpoint.get()).text).toBe(`{"endpoints":[${text}]}`);
      expect(endpoint.calls().map(({ body }) => JSON.parse(body))).toEqual([asked]);
      expect([...endpoint.secrets.kept.values()]).toEqual([{ service_account_json: secret }]);
      expect(`${text}${endpoint.lines.join()}`).not.toContain('PRIVATE KEY');
    },
  );

  it('of the Model Garden is called at its address, and shows its provider in capitals', async () => {
    const endpoint = endpointOf('chat_completion', `${event(openAi)}data: [DONE]\n\n`);
    const service_settings = { ...model, provider: 'hugging_face', url, streaming_url: `${url}?alt=sse` };
    const { text } = await endpoint.put({ service: 'googlevertexai', service_settings });
    expect(text).toContain(
      `"service_settings":{"project_id":"p","model_id":"m","url":"${url}","streaming_url":"${url}?alt=sse","provider":"HUGGING_FACE","rate_limit":{"requests_per_minute":1000}}`,
    );
    expect(endpoint.calls().map((call) => [call.url, call.headers.authorization])).toEqual([
      [`${url}?alt=sse`, 'Bearer t'],
    ]);
  });

  it('refuses a model whose vectors are not as long as was asked for', async () => {
    const endpoint = endpointOf('text_embedding', answers.text_embedding);
    const answer = await endpoint.put({ service: 'googlevertexai', service_settings: { ...model, dimensions: 3 } });
    expect(told(answer)).toEqual(
      statusError(
        'The retrieved embeddings size [2] does not match the size specified in the settings [3]. Please recreate the [tested] configuration with the correct dimensions',
      ),
    );
  });

  const limit = { rate_limit: { requests_per_minute: 5 } };

  it.each<[Task, object]>([
    [
      'text_embedding',
      {
        project_id: 'p',
        model_id: 'm',
        max_input_tokens: 9,
        dimensions: 2,
        max_batch_size: 8,
        similarity: 'dot_product',
        ...limit,
      },
    ],
    ['rerank', { project_id: 'p', model_id: 'm', ...limit }],
    ['completion', { project_id: 'p', model_id: 'm', provider: 'GOOGLE', ...limit }],
  ])('of %s changes what may change, and ignores the rest', async (task, expected) => {
    const endpoint = endpointOf(task, answers[task]);
    await endpoint.put({ service: 'googlevertexai', service_settings: model });
    const other = JSON.stringify({ ...keyFile, private_key_id: 'key-2' });
    const answer = await endpoint.update({
      service_settings: {
        ...limit,
        service_account_json: other,
        max_input_tokens: 9,
        max_batch_size: 8,
        project_id: 'other',
        model_id: 'other',
        location: 'other',
        dimensions: 3,
        provider: 'mistral',
        url,
      },
    });
    expect(JSON.parse(answer.text).service_settings).toEqual(expected);
    expect([...endpoint.secrets.kept.values()]).toEqual([{ service_account_json: other }]);
  });

  it.each<[string, object, object]>([
    [
      'the budget',
      { thinking_config: { thinking_budget: 7 } },
      { thinking_config: { thinking_budget: 7 }, max_tokens: 2 },
    ],
    ['the limit', { max_tokens: 7 }, { thinking_config: { thinking_budget: 1 }, max_tokens: 7 }],
    ['neither', { thinking_config: {} }, { thinking_config: { thinking_budget: 1 }, max_tokens: 2 }],
  ])('replaces, of task settings, %s', async (_, sent, expected) => {
    const endpoint = endpointOf('completion', gemini);
    const task_settings = { thinking_config: { thinking_budget: 1 }, max_tokens: 2 };
    await endpoint.put({ service: 'googlevertexai', service_settings: model, task_settings });
    const answer = await endpoint.update({ task_settings: sent });
    expect(JSON.parse(answer.text).task_settings).toEqual(expected);
  });

  it.each<[string, object, readonly number[]]>([
    ['250 at a time', { model_id: 'm' }, [250, 250, 1]],
    ['in the size of its batches', { model_id: 'm', max_batch_size: 200 }, [200, 200, 101]],
    [
      'one by one to a model that takes no more',
      { model_id: 'gemini-embedding-001', max_batch_size: 200 },
      Array.from({ length: 501 }, () => 1),
    ],
  ])('sends texts %s and joins their vectors in order', async (_, settings, sizes) => {
    const texts = Array.from({ length: 501 }, (_text, index) => String(index));
    const vectors = (instances: readonly { readonly content: string }[]) =>
      instances.map(({ content }) => ({ embeddings: { values: [Number(content) || 0] } }));
    const endpoint = await storedEndpoint('googlevertexai', 'text_embedding', { ...base, ...settings }, (request) => ({
      body: isToken(request.url) ? token : { predictions: vectors(JSON.parse(request.body).instances) },
    }));
    const { json } = await endpoint.post({ input: texts });
    expect(json).toEqual({ text_embedding: texts.map((text) => ({ embedding: [Number(text)] })) });
    const sent = endpoint.calls().map(({ instances }) => instances.length);
    expect(sent.sort((a, b) => b - a)).toEqual(sizes);
  });
});

describe('the address of a model', () => {
  it.each(['evil.example/', 'evil.example#', 'a@evil.example:80/'])(
    'is no other one in the location %s',
    async (location) => {
      const endpoint = endpointOf('text_embedding', answers.text_embedding);
      await endpoint.put({ service: 'googlevertexai', service_settings: { ...model, location } });
      const host = `https://${encodeURIComponent(location)}-aiplatform.googleapis.com/`;
      expect(endpoint.calls().map((call) => call.url.startsWith(host))).toEqual([true]);
      expect(URL.canParse(host)).toBe(false);
    },
  );
});
