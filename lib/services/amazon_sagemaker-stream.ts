import * as z from 'zod';
import { isFailureName, namedFailure } from './amazon_sagemaker-failures.ts';
import type { SageMakerCall } from './amazon_sagemaker-settings.ts';
import { frameJson } from './frame-json.ts';
import type { StreamReader } from './service.ts';

/**
 * Reads what models stream inside the event stream of SageMaker, which may fail between its parts.
 *
 * @param mayEnd - whether the answer may stop where its event stream does: not every model says a last word
 */
export const readParts = (
  { id }: { readonly id: string },
  reader: StreamReader,
  mayEnd: () => boolean,
): StreamReader => ({
  ...reader,
  mayEnd: () => reader.finished() || mayEnd(),
  next: (frame) => {
    const { event = '', data } = frame;
    if (!isFailureName(event)) return reader.next(frame);
    return namedFailure(event, id, frameJson(data));
  },
});

const finish = z.object({ choices: z.array(z.object({ finish_reason: z.string().nullish() })) });

/** Not every model says `[DONE]`: one that gives the reason why it stopped has stopped. */
export const withFinishReason = (
  call: SageMakerCall,
  open: (call: SageMakerCall, dialect: { readonly adapt: (data: unknown) => unknown }) => StreamReader,
): StreamReader => {
  let stopped = false;
  const adapt = (data: unknown) => {
    stopped ||= finish.safeParse(data).data?.choices.some(({ finish_reason }) => Boolean(finish_reason)) ?? false;
    return data;
  };
  return readParts(call, open(call, { adapt }), () => stopped);
};
