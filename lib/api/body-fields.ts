import * as z from 'zod';
import { type Origin, problem } from './explain-body.ts';
import { type InputType, inputTypes } from './input-type.ts';
import { JsonDecimal } from './json.ts';
import type { JsonObject } from './read-settings.ts';
import { isJsonObject, list, tokenOf } from './schema-steps.ts';
import { timeValueProblem } from './time-value.ts';

// The fields of inference bodies, as lenient as the parsers of Elasticsearch: numbers and booleans may be sent as text, and one value
// for a list of them.

type Context = z.core.$RefinementCtx<unknown>;

/** A check of a schema fails: words and type of the error that Elasticsearch gives as the cause. */
export const refuse = (
  context: Context,
  message: string,
  type = 'illegal_argument_exception',
  origin: Origin = 'builder',
): never => {
  context.addIssue(problem(type, message, origin));
  return z.NEVER;
};

const wrongType = (context: Context, expected: 'array' | 'object', input: unknown): never => {
  context.addIssue({ code: 'invalid_type', expected, input });
  return z.NEVER;
};

/** An object that is kept as it was sent, its numbers digit for digit. */
export const anyObject = z
  .unknown()
  .transform((sent, context): JsonObject => (isJsonObject(sent) ? sent : wrongType(context, 'object', sent)));

/** A list, or one element of it. */
export const oneOrMany = <T>(element: z.ZodType<T>, quick?: (value: unknown) => T | undefined) =>
  z.union([list(element, quick), element.transform((one) => [one])]);

const isScalar = (value: unknown): value is string | number | boolean | JsonDecimal =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof JsonDecimal;

/** Texts, or one of them; numbers and booleans in the list are taken as they were written. */
export const texts = z.unknown().transform((sent, context): readonly string[] => {
  if (typeof sent === 'string') return [sent];
  if (!Array.isArray(sent)) return wrongType(context, 'array', sent);
  // Nothing to copy, and nothing to check again, for the thousands of texts of one call.
  if (sent.every((element) => typeof element === 'string')) return sent;
  const unfit = sent.find((element) => !isScalar(element));
  if (unfit === undefined) return sent.map(String);
  return refuse(context, `Can't get text on a ${tokenOf(unfit)}`, 'illegal_state_exception');
});

/** `true` and `false`, also as text. */
export const flag = z.union([z.boolean(), z.string()]).transform((sent, context): boolean => {
  if (typeof sent === 'boolean') return sent;
  if (sent === 'true') return true;
  // As Elasticsearch has it, no text is no.
  if (sent === 'false' || sent === '') return false;
  return refuse(context, `Failed to parse value [${sent}] as only [true] or [false] are allowed.`);
});

// Each digit can be read in one way only: a text of millions that is no number must not take the square of that.
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number of one of Java's types, also as text. Integers lose their fractions, as there. */
const number = (named: string, most: number, read: (value: number) => number) =>
  z.union([z.number(), z.string(), z.instanceof(JsonDecimal)]).transform((sent, context): number => {
    if (typeof sent === 'string' && !decimal.test(sent.trim()))
      return refuse(context, `For input string: "${sent}"`, 'number_format_exception');
    const value = read(Number(`${sent}`));
    if (Math.abs(value) <= most) return value;
    return refuse(context, `Value [${sent}] is out of range for ${named}`);
  });

export const integer = number('an integer', 2 ** 31 - 1, Math.trunc);
export const long = number('a long', 2 ** 63, Math.trunc);
export const float = number('a float', 3.4028234663852886e38, (value) => value);

/** A time value, kept as it was sent. */
export const timeValue = (setting: string) =>
  z.string().superRefine((sent, context) => {
    const why = timeValueProblem(sent, setting);
    if (why !== undefined) refuse(context, why);
  });

/** Finds the word that a text stands for: in any case, with blanks around it. */
export const matchWord = <Word extends string>(words: readonly Word[], text: string): Word | undefined => {
  const name = text.trim().toLowerCase();
  return words.find((word) => word === name);
};

const internalInputTypes = ['internal_ingest', 'internal_search'] as const;

/** What the inputs are for. Only the embedding task's parser takes the two types that Elasticsearch itself uses. */
export const inputType = ({ internal }: { readonly internal: boolean }) =>
  z.string().transform((sent, context): InputType => {
    const own = matchWord(internalInputTypes, sent);
    const known = matchWord(inputTypes, sent) ?? (internal ? own : undefined);
    if (known) return known;
    return refuse(
      context,
      own
        ? `Unrecognized input_type [${own}]`
        : `No enum constant org.elasticsearch.inference.InputType.${sent.trim().toUpperCase()}`,
    );
  });
