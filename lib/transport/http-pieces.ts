/** Where pieces come from, as far as their reader steers it. */
type Source = {
  readonly pause: () => void;
  readonly resume: () => void;
  /** Nobody reads any more. */
  readonly leave: () => void;
};

type Reader = PromiseWithResolvers<IteratorResult<Uint8Array, undefined>>;

/** Bytes that may wait for the reader before the source has to pause. */
const mostWaiting = 64 * 1024;

const over = { value: undefined, done: true } as const;

/**
 * Pieces of an answer on their way to one reader, who may be slower than they come. Written by hand because an async generator answers
 * `return()` only after the piece that it waits for, which may never come.
 */
export class Pieces implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #source: Source;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  readonly #readers: Reader[] = [];
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  push(piece: Uint8Array): void {
    const reader = this.#readers.shift();
    if (reader) {
      reader.resolve({ value: piece, done: false });
      return;
    }
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#waitingBytes >= mostWaiting) this.#source.pause();
  }

  end(): void {
    this.#isOver = true;
    for (const reader of this.#readers.splice(0)) reader.resolve(over);
  }

  /** The reader gets the error after the pieces that have come. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    const reader = this.#readers.shift();
    if (reader) reader.reject(error);
    else this.#failure = { error };
    this.end();
  }

  /** Drops the pieces that nobody has read. */
  clear(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const piece = this.#waiting.shift();
    if (piece) {
      this.#waitingBytes -= piece.length;
      if (this.#waitingBytes === 0) this.#source.resume();
      return Promise.resolve({ value: piece, done: false });
    }
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#isOver) return Promise.resolve(over);
    const reader: Reader = Promise.withResolvers();
    this.#readers.push(reader);
    return reader.promise;
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.clear();
    this.#failure = undefined;
    this.end();
    this.#source.leave();
    return Promise.resolve(over);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
