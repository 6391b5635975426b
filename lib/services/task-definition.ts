import type * as z from 'zod';
import type { Words } from '../api/blame.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { InferenceResult } from '../api/results.ts';
import type { Framing } from '../transport/types.ts';
import type { Call, ServiceRequest, StreamReader } from './call.ts';
import type { Found } from './node-deployment.ts';

/** Some settings of S: what an update or a request may carry. */
export type Changes<S> = { readonly [Name in keyof S]?: S[Name] | undefined };

/** A piece of the input that stands at index `owner`. */
export type Piece = { readonly owner: number; readonly text: string };

/** One task of a service, for stored settings of type S and task settings of type T. */
export type TaskDefinition<S, T> = {
  /**
   * What counts in place of this definition, where a setting decides what a task takes and answers; this one then tells the catalogue
   * of all settings together.
   *
   * @param settings - as a PUT sends them, or as they are stored
   * @throws InferenceError for settings that have no such task
   */
  readonly variant?: (settings: JsonObject) => TaskDefinition<S, T>;
  /** Where messages about `service_settings` of this task are of another generation than its service's. @default the service's */
  readonly words?: Words;
  /** What a PUT may carry in `service_settings`, secrets aside, to what is stored. An object schema; unknown keys are found by the core. */
  readonly put: z.ZodType<S>;
  /**
   * Refuses what no other message fits, such as an unknown model; asked first.
   *
   * @throws InferenceError
   */
  readonly accept?: (sent: JsonObject, found: Found) => void;
  /** Where the settings of a PUT depend on each other so much that `put` does not fit all. */
  readonly putFor?: (sent: JsonObject) => z.ZodType<S>;
  /** What a PUT stores besides what was sent: of the model or deployment that was looked up. */
  readonly settled?: (settings: S, found: Found) => S;
  /** Messages about settings that depend on each other. */
  readonly rules?: (sent: JsonObject) => readonly string[];
  /** What a row holds: also what only we write. */
  readonly stored: z.ZodType<S>;
  readonly update: {
    /** The settings that an update may change; others are ignored or refused. */
    readonly settings: z.ZodType<Changes<S>>;
    readonly others: 'ignored' | 'refused';
    readonly rules?: (sent: JsonObject, stored: S) => readonly string[];
    /** @default field by field: a sent value replaces the stored one */
    readonly merge?: (stored: S, sent: Changes<S>) => S;
  };
  readonly taskSettings: {
    readonly put: z.ZodType<T>;
    /** Those of a request and of an update; keys that it does not know are ignored. */
    readonly request: z.ZodType<Changes<T>>;
    /** What counts for a request. @default field by field: a sent value replaces the stored one */
    readonly merge?: (stored: T, sent: Changes<T>) => T;
    /** What a PUT does with other keys. @default 'refused' */
    readonly others?: 'ignored' | 'refused';
    /** Name of the parser that refuses other keys wherever task settings are sent, in words of its own. */
    readonly parser?: string;
    /** Where messages about them are of another generation than those about service settings. @default the service's */
    readonly words?: Words;
    /** What an update does with them: `replaced` reads them as a PUT does, `overlaid` merges them as a request does. @default 'merged' */
    readonly updated?: 'merged' | 'replaced' | 'overlaid';
    /** What a PUT stores once the validation call has succeeded. @default what was sent */
    readonly kept?: (sent: T) => T;
  };
  /**
   * Refuses service and task settings that do not go together; asked for PUT, update and call, after each is read.
   *
   * @throws InferenceError
   */
  readonly refuse?: (settings: S, taskSettings: T) => void;
  /** Order of GET; what is not named is not shown. */
  readonly echo: readonly (keyof S & string)[];
  readonly inputs?: {
    /** Texts that one request to the service takes. @default all of them */
    readonly perRequest?: (settings: S) => number;
    /** Documents that are scored in pieces; the best piece counts. Found as they are asked for, each with the index of its input. */
    readonly pieces?: (call: Call<S, T>) => Iterable<Piece>;
    /** Texts are cut to so many tokens, at about three characters each, before they are sent. */
    readonly maxTokens?: (settings: S) => number | undefined;
  };
  /** @throws InferenceError for a call that the service cannot take; nothing is sent then */
  readonly check?: (call: Call<S, T>) => void;
  readonly request: (call: Call<S, T>) => ServiceRequest;
  /**
   * How the JSON of a 2xx answer is read where `JSON.parse` would lose something: `exact` as callers' bodies are, since numbers must keep
   * their digits, such as those in arguments of tool calls; `maps` for objects whose keys must keep their order, such as tokens.
   */
  readonly json?: 'exact' | 'maps';
  /** Reads a 2xx answer; sees its call: element type, `top_n`. Undefined for an answer that is well formed and holds no result. */
  readonly response: (call: Call<S, T>) => z.ZodType<InferenceResult | undefined>;
  /** Completes the joined result of all parts: order, `top_n`, texts of documents. */
  readonly finish?: (call: Call<S, T>, result: InferenceResult) => InferenceResult;
  readonly stream?: {
    readonly framing: (settings: S) => readonly Framing[];
    readonly open: (call: Call<S, T>) => StreamReader;
  };
  /** What the validation call teaches: dimensions, similarity. */
  readonly probed?: (call: Call<S, T>, result: InferenceResult) => S;
};
