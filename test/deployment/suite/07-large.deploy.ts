import { beforeAll, describe, expect, it } from 'vitest';
import { openService, target } from './deployment.ts';
import { embeddings, vectors } from './endpoints.ts';

let service: Awaited<ReturnType<typeof openService>>;

beforeAll(async () => {
  service = await openService();
  const service_settings = { ...embeddings.service_settings, dimensions: 2048 };
  await service.client.inference.put({
    inference_id: 'long-vectors',
    task_type: 'text_embedding',
    inference_config: { ...embeddings, service_settings },
  });
});

/** What Lambda takes for a whole answer. */
const wholeAnswerLimit = 6 * 1024 * 1024;

describe('a large answer', () => {
  it.runIf(target.streams)('arrives whole, above the 6 MB of an answer in one piece', async () => {
    const input = Array.from({ length: 500 }, (_, index) => `text ${index}`);
    const answer = await service.ask('POST', '/_inference/long-vectors', { input });
    const text = await answer.text();

    expect(answer.status).toBe(200);
    expect(Buffer.byteLength(text)).toBeGreaterThan(wholeAnswerLimit);
    expect(JSON.parse(text)).toEqual(vectors(input, 2048));
    await service.client.inference.delete({ inference_id: 'long-vectors' });
  });
});

describe('a large request', () => {
  it('of 4 MB is read to its last character', async () => {
    const input = `${'0123456789abcde '.repeat(250_000)}🎉`;
    const answer = await service.ask('POST', '/_inference/my-embeddings', { input });
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: vectors([input]) });
  });
});
