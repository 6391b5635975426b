import { expect, it } from 'vitest';
import { storedEndpoint } from './endpoints.ts';

const weights = '{"tide":0.5,"2024":1.25,"sea":2.5,"7":1.0}';
const whole = `{"sparse_embedding":[{"is_truncated":false,"embedding":${weights}}]}`;

const onSageMaker = {
  access_key: 'a',
  secret_key: 's',
  endpoint_name: 'e',
  region: 'us-east-1',
  api: 'elastic',
};
const atHuggingFace = { url: 'https://hf.test', api_key: 'k' };

it.each([
  ['amazon_sagemaker', onSageMaker, whole],
  ['hugging_face', atHuggingFace, `[${weights}]`],
  ['hugging_face_elser', atHuggingFace, `[${weights}]`],
])('tokens keep the order in which %s answers them, number-like ones too', async (service, settings, answer) => {
  const endpoint = await storedEndpoint(service, 'sparse_embedding', settings, () => ({ body: answer }));
  expect((await endpoint.post({ input: 'the tide of 2024' })).text).toBe(whole);
});
