import { decodeWhole, isEncoded } from './http-decoding.ts';
import { type AnswerHeaders, type Dispatch, exchange } from './http-exchange.ts';
import { type OutboundAnswer, OutboundError } from './types.ts';

/** Bytes that are not UTF-8 become U+FFFD. */
const readText = (body: Buffer): string => body.toString('utf8');

/**
 * Runs a request and collects its answer.
 *
 * @param limit - bytes that the answer may have, received and decoded
 * @throws OutboundError; the signal's reason
 */
export const wholeAnswer = (
  dispatch: Dispatch,
  { host, signal, limit }: { host: string; signal: AbortSignal; limit: number },
): Promise<OutboundAnswer> =>
  new Promise((resolve, reject) => {
    let status = 0;
    let headers: AnswerHeaders = {};
    let size = 0;
    const pieces: Buffer[] = [];
    const refuse = () => current.fail(new OutboundError('too_large', host));

    const current = exchange(dispatch, {
      host,
      signal,
      receiver: {
        onStart: (answered, received) => {
          status = answered;
          headers = received;
          if (Number(received['content-length']) > limit) refuse();
        },
        onPiece: (piece) => {
          size += piece.length;
          if (size > limit) refuse();
          else pieces.push(piece);
        },
        onEnd: () => {
          const [first] = pieces;
          const body = first && pieces.length === 1 ? first : Buffer.concat(pieces, size);
          const encoding = headers['content-encoding'];
          if (!isEncoded(encoding)) return resolve({ status, headers, text: readText(body) });
          decodeWhole(body, { encoding, limit, host })
            .then((decoded) => {
              signal.throwIfAborted();
              resolve({ status, headers, text: readText(decoded) });
            })
            .catch(reject);
        },
        onFailure: reject,
        heeds: () => true,
      },
    });
  });
