import { publicError } from '../api/envelope.ts';
import type { InferenceError } from '../api/errors.ts';
import { resultText } from '../api/render-result.ts';
import type { StreamEvent } from '../api/results.ts';

/** A comment line, which parsers do not see, after so much silence: proxies end connections that say nothing. */
const silence = 15_000;

const message = (data: string): string => `event: message\ndata: ${data}\n\n`;

/** One error event; nothing follows it, no `[DONE]` either. */
export const errorEvent = (data: unknown): string => `event: error\ndata: ${JSON.stringify(data)}\n\n`;

const eventText = (event: StreamEvent): string => {
  switch (event.kind) {
    case 'completion':
      return JSON.stringify({ completion: event.deltas.map((delta) => ({ delta })) });
    case 'chat':
      return JSON.stringify(event.chunk);
    case 'whole':
      return resultText(event.result);
  }
};

/** Waits for `next`, or for the silence to last too long. One timer serves a whole stream. */
const createSilence = (milliseconds: number) => {
  let tooLong = () => {};
  const timer = setTimeout(() => tooLong(), milliseconds);
  return {
    race: <T>(next: Promise<T>): Promise<T | 'silent'> =>
      new Promise((resolve, reject) => {
        tooLong = () => resolve('silent');
        timer.refresh();
        next.then(resolve, reject);
      }),
    stop: () => clearTimeout(timer),
  };
};

/**
 * Server-sent events in Elasticsearch's form (contract §10): LF only, `[DONE]` at the end, one error event instead when it fails.
 *
 * @param envelope - turns a failure in the middle into the data of its event
 */
export async function* serverSentEvents(
  events: AsyncIterable<StreamEvent>,
  envelope: (error: InferenceError) => unknown,
  onFailure: (error: unknown) => void,
  silentAfter: number = silence,
): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]();
  const quiet = createSilence(silentAfter);
  try {
    for (;;) {
      const next = iterator.next();
      let step = await quiet.race(next);
      while (step === 'silent') {
        yield ':\n\n';
        step = await quiet.race(next);
      }
      if (step.done) break;
      yield message(eventText(step.value));
    }
    yield message('[DONE]');
  } catch (error) {
    onFailure(error);
    yield errorEvent(envelope(publicError(error)));
  } finally {
    quiet.stop();
    // A caller that left must end the service's stream too; after an end or a failure this does nothing.
    await iterator.return?.();
  }
}
