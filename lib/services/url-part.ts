/** A text as one part of an address: a segment of a path, a label of a host. Half a surrogate pair, which has no bytes, becomes U+FFFD. */
export const urlPart = (text: string): string => encodeURIComponent(text.toWellFormed());
