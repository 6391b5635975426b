import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
);

const header = (value: string) => ({ type: 'string', value }) as const;

/** One message of an AWS event stream: an event, or an exception where its name says so. A text is sent as it is, all else as JSON. */
export const eventStreamMessage = (name: string, payload: unknown): Uint8Array => {
  const kind = /(?:Exception|Error|Failure|Unavailable)$/.test(name) ? 'exception' : 'event';
  return codec.encode({
    headers: {
      [`:${kind}-type`]: header(name),
      ':content-type': header('application/json'),
      ':message-type': header(kind),
    },
    body: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
  });
};

/** Several of them, each written as `{ name: payload }`. */
export const eventStream = (messages: readonly Readonly<Record<string, unknown>>[]): Uint8Array =>
  Buffer.concat(
    messages.flatMap((message) => Object.entries(message).map(([name, payload]) => eventStreamMessage(name, payload))),
  );
