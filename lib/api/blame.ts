// Whom and what a message about settings names.

/**
 * Which generation of messages a service uses (contract §17a): `collected` lists all errors of one settings object and names
 * unknown keys at the end; `strict` refuses the first error, with its place in the body; `strict, absence collected` does the same,
 * but lists all settings that are missing.
 */
export type Words = 'collected' | 'strict' | 'strict, absence collected';

export type Place = { readonly line: number; readonly column: number };

/** Where a setting stands in the request body. */
export type Locate = (path: readonly PropertyKey[], what: 'key' | 'value') => Place;

/** A setting that nobody reads: its path from the settings object's scope, its value, and the names that are read where it stands. */
export type UnknownSetting = {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
  readonly known: readonly string[];
};

/** Whose settings they are, for messages: the service, its generation of words, and the request body. */
export type Blame = { readonly service: string; readonly words: Words; readonly locate: Locate };
