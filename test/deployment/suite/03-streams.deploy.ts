import { TextDecoder } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openService, step, target } from './deployment.ts';
import { completions } from './endpoints.ts';

let service: Awaited<ReturnType<typeof openService>>;

beforeAll(async () => {
  service = await openService();
  for (const task_type of ['completion', 'chat_completion'] as const)
    await service.client.inference.put({
      inference_id: `streamed-${task_type}`,
      task_type,
      inference_config: completions,
    });
});

afterAll(async () => {
  for (const task of ['completion', 'chat_completion'])
    await service.client.inference.delete({ inference_id: `streamed-${task}` });
});

const bodies = {
  completion: (content: string) => ({ input: content }),
  chat_completion: (content: string) => ({ messages: [{ role: 'user', content }] }),
};

const words = ['Guten ', 'Tag, ', '世界 ', '🎉'];

/** The text that arrives until it has an event with this word. */
const readUntil = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  decoder: TextDecoder,
  word: string,
): Promise<string> => {
  let text = '';
  while (!text.includes(`"${word}"`) || !text.endsWith('\n\n')) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The stream ended before "${word}": ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  return text;
};

describe.each(['completion', 'chat_completion'] as const)('a stream of %s', (task) => {
  const path = `/_inference/${task}/streamed-${task}/_stream`;

  // The provider says a word only after the caller has read the one before it: an answer that anybody on the way collects never
  // gets past the first.
  it.runIf(target.streams)('brings each word before the provider says the next', { timeout: 60_000 }, async () => {
    const ticket = `${task.replace('_', '-')}-1`;
    const signal = AbortSignal.timeout(50_000);
    const answer = await service.ask('POST', path, bodies[task](`step ${ticket}: ${words.join('')}`), { signal });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/event-stream');

    const reader = answer.body?.getReader();
    if (!reader) throw new Error('The answer has no body');
    const decoder = new TextDecoder();
    for (const word of words) {
      const arrived = await readUntil(reader, decoder, word);
      const later = words.slice(words.indexOf(word) + 1);
      expect(later.filter((other) => arrived.includes(`"${other}"`))).toEqual([]);
      expect(await step(ticket)).toBe(true);
    }
    let rest = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      rest += decoder.decode(piece.value, { stream: true });
    expect(rest).toMatch(/event: message\ndata: \[DONE\]\n\n$/);
  });

  it('has all events in their order', async () => {
    const answer = await service.ask('POST', path, bodies[task](words.join('')));
    const events = (await answer.text()).split('\n\n');
    const said = events.flatMap((event) => words.filter((word) => event.includes(`"${word}"`)));
    expect(said).toEqual(words);
    expect(events.slice(-2)).toEqual(['event: message\ndata: [DONE]', '']);
  });
});
