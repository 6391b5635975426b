import type { Dispatcher } from 'undici';
import { explainFailure } from './http-failure.ts';

export type AnswerHeaders = Readonly<Record<string, string>>;

/** What becomes of one request. After `onEnd` or `onFailure`, whichever comes first, nothing more is called. */
export type Receiver = {
  readonly onStart: (status: number, headers: AnswerHeaders) => void;
  readonly onPiece: (piece: Buffer) => void;
  readonly onEnd: () => void;
  readonly onFailure: (error: unknown) => void;
  /** Whether an abort for this reason still ends the exchange. */
  readonly heeds: (reason: unknown) => boolean;
};

/** One request under way. */
export type Exchange = {
  /** Ends it: the connection closes, `onFailure` gets the error. */
  readonly fail: (error: unknown) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly isPaused: () => boolean;
};

/** Sends one request and tells a handler what comes back. */
export type Dispatch = (handler: Dispatcher.DispatchHandler) => void;

const abandoned = () => new Error('The request was abandoned');

const flatten = (received: Readonly<Record<string, string | string[] | undefined>>): AnswerHeaders => {
  const headers: Record<string, string> = {};
  for (const name in received) {
    const value = received[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
};

/**
 * Runs one request until its answer is complete, it fails or its signal is aborted. The client's `dispatch` is used since its `request`
 * makes a Node stream for each answer (a third more time per call) and tells of an abort only once a connection is there.
 *
 * @param host - the host asked for, for errors
 * @throws the signal's reason when it is aborted already
 */
export const exchange = (
  dispatch: Dispatch,
  { host, signal, receiver }: { host: string; signal: AbortSignal; receiver: Receiver },
): Exchange => {
  signal.throwIfAborted();
  let controller: Dispatcher.DispatchController | undefined;
  let isOver = false;

  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    signal.removeEventListener('abort', leave);
    return true;
  };
  const fail = (error: unknown) => {
    if (!end()) return;
    receiver.onFailure(error);
    controller?.abort(abandoned());
  };
  const leave = () => {
    if (receiver.heeds(signal.reason)) fail(signal.reason);
  };

  signal.addEventListener('abort', leave);
  dispatch({
    onRequestStart: (started) => {
      controller = started;
      if (isOver) started.abort(abandoned()); // it failed while the connection was being made
    },
    onResponseStart: (_, status, headers) => {
      if (!isOver && status >= 200) receiver.onStart(status, flatten(headers));
    },
    onResponseData: (_, piece) => {
      if (!isOver) receiver.onPiece(piece);
    },
    onResponseEnd: () => {
      if (end()) receiver.onEnd();
    },
    onResponseError: (_, error) => fail(explainFailure(error, host)),
  });

  return {
    fail,
    pause: () => controller?.pause(),
    resume: () => controller?.resume(),
    isPaused: () => controller?.paused ?? false,
  };
};
