import { decodeStream, isEncoded } from './http-decoding.ts';
import { type Dispatch, exchange } from './http-exchange.ts';
import { Pieces } from './http-pieces.ts';
import { OutboundError, type OutboundStream } from './types.ts';

const isDeadline = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'TimeoutError';

/**
 * Runs a request up to its status and headers; the body comes while it is read, and the connection pauses for a slow reader. Once the
 * first byte is there, the signal's deadline (a `TimeoutError`) no longer counts and silence does; any other reason always ends it.
 *
 * @param silence - milliseconds without a byte, after the first, until it fails; the time of a slow reader does not count
 * @throws OutboundError; the signal's reason; both also from the body
 */
export const streamedAnswer = (
  dispatch: Dispatch,
  { host, signal, silence }: { host: string; signal: AbortSignal; silence: number },
): Promise<OutboundStream> =>
  new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let hasAnswered = false;
    const left = new Error('Nobody reads the answer any more');
    const pieces = new Pieces({
      pause: () => current.pause(),
      resume: () => {
        timer?.refresh();
        current.resume();
      },
      leave: () => current.fail(left),
    });
    const stopTimer = () => {
      clearTimeout(timer);
      timer = undefined; // a reader of what is left must not start it again
    };
    const checkSilence = () => {
      if (!current.isPaused()) current.fail(new OutboundError('silent', host));
    };

    const current = exchange(dispatch, {
      host,
      signal,
      receiver: {
        onStart: (status, headers) => {
          hasAnswered = true;
          const encoding = headers['content-encoding'];
          const body =
            encoding !== undefined && isEncoded(encoding) ? decodeStream(pieces, { encoding, host }) : pieces;
          resolve({ status, headers, body });
        },
        onPiece: (piece) => {
          if (timer) timer.refresh();
          else timer = setTimeout(checkSilence, silence);
          pieces.push(piece);
        },
        onEnd: () => {
          stopTimer();
          pieces.end();
        },
        onFailure: (error) => {
          stopTimer();
          if (!hasAnswered) return reject(error);
          if (signal.aborted) pieces.clear();
          pieces.fail(error);
        },
        heeds: (reason) => !timer || !isDeadline(reason),
      },
    });
  });
