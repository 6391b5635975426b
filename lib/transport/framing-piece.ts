import type { OutboundErrorKind } from './types.ts';

/** A chunk of the body, or what a framing has cut out of it. */
export type Piece = {
  readonly event?: string;
  readonly data: Uint8Array | string;
  /** The service reports a failure here: no framing further in reads it as data. */
  readonly failure?: true;
};

/**
 * Cuts pieces into smaller or larger ones. It works without waiting, so a chunk with many events costs no turn of the event loop
 * for each, and keeps at most one unfinished frame.
 */
export type Decoder = {
  readonly push: (piece: Piece) => Iterable<Piece>;
  /** Called once, when the body has ended as it should. */
  readonly end: () => Iterable<Piece>;
};

/** Makes the error for a body that cannot be cut; it knows the host. */
export type Fail = (kind: OutboundErrorKind, cause?: unknown) => Error;

/** The longest frame: bytes where a framing counts bytes, else UTF-16 units. */
export const maxFrameLength = 16 * 1024 * 1024;

const utf8 = new TextDecoder();

/** The text of a whole frame. */
export const textOf = (data: Uint8Array | string): string => (typeof data === 'string' ? data : utf8.decode(data));

/** Reads text from pieces that follow each other; a character may be cut between two of them. Nothing given ends the text. */
export const textReader = (options?: { readonly ignoreBOM: boolean }): ((data?: Uint8Array | string) => string) => {
  const decoder = new TextDecoder('utf-8', options);
  return (data) => (typeof data === 'string' ? data : decoder.decode(data, { stream: data !== undefined }));
};

/** Services send blank lines and events as signs of life. */
export const isBlank = (text: string): boolean => !/\S/.test(text);
