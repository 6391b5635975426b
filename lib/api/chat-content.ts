import * as z from 'zod';
import { matchWord, refuse } from './body-fields.ts';
import { JsonDecimal } from './json.ts';
import { isJsonObject } from './schema-steps.ts';

// The parts of a message's content. Elasticsearch reads them without its object parsers: other words, null counts as absent, and not
// the order of the document but that of the fields here decides which problem is told.

/** What Java calls the class of a JSON value. */
const javaClass = (value: unknown): string => {
  if (value instanceof JsonDecimal) return /^-?\d+$/.test(value.text) ? 'BigInteger' : 'Double';
  if (typeof value === 'number') return Math.abs(value) < 2 ** 31 ? 'Integer' : 'Long';
  if (typeof value === 'boolean') return 'Boolean';
  if (typeof value === 'string') return 'String';
  return Array.isArray(value) ? 'ArrayList' : 'HashMap';
};

type Unfit = { readonly code?: string; readonly input?: unknown; readonly keys?: unknown };

const unfit = (object: string, name: string, expected: 'String' | 'Map', { input }: Unfit): string => {
  if (input === undefined || input === null)
    return `Field [${name}] in object [${object}] is required but was not found`;
  const found = `Expected [${expected}] but was [${javaClass(input)}]`;
  return `Field [${name}] in object [${object}] is not of the expected type. ${found}`;
};

const text = (object: string, name: string) =>
  z.string({ error: (issue: Unfit) => unfit(object, name, 'String', issue) });

/** An object whose own name stands in messages about unknown fields. */
const fields = <Shape extends z.ZodRawShape>(object: string, name: string, shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `[${name}] contains unknown fields [${issue.keys.join(', ')}]`
        : unfit(object, name, 'Map', issue),
  });

const oneOfWords = <const Words extends readonly string[]>(object: string, name: string, words: Words) =>
  text(object, name).transform(
    (sent, context): Words[number] =>
      matchWord(words, sent) ??
      refuse(context, `Unrecognized type [${sent}] in object [${object}], must be one of [${words.join(', ')}]`),
  );

const imageUrl = fields('content', 'image_url', {
  url: text('url', 'url'),
  detail: oneOfWords('url', 'detail', ['auto', 'low', 'high'])
    .nullish()
    .transform((detail) => detail ?? undefined),
});

const file = fields('content', 'file', {
  file_data: text('file', 'file_data'),
  filename: text('file', 'filename'),
  file_id: z.never({ error: 'Field [file_id] is not supported for content of type [file]' }).optional(),
});

const types = ['text', 'image_url', 'file'] as const;

const typeOf = z.object({ type: oneOfWords('content', 'type', types) });

/** The type is read before the other fields, in any case, and written in lower case. */
const constant = <const Type extends (typeof types)[number]>(type: Type) => z.any().transform((): Type => type);

const parts = {
  text: fields('content', 'content', { text: text('content', 'text'), type: constant('text') }),
  image_url: fields('content', 'content', { image_url: imageUrl, type: constant('image_url') }),
  file: fields('content', 'content', { file, type: constant('file') }),
} as const;

/** A part of a message's content: a text, the address of an image, or a file. */
export const contentPart = z.unknown().transform((sent, context) => {
  // What is no object is read as one without fields.
  const object = isJsonObject(sent) ? sent : {};
  const read = typeOf.safeParse(object);
  const part = read.success ? parts[read.data.type].safeParse(object) : read;
  if (part.success && !read.error) return part.data;
  return refuse(context, part.error?.issues[0]?.message ?? '', 'status_exception');
});

export type ContentPart = z.output<typeof contentPart>;
