import * as z from 'zod';
import { matchWord, refuse } from './body-fields.ts';
import { named } from './schema-steps.ts';

/** One piece of content: a text, or another medium as a data URI. */
export type ContentItem = {
  readonly type: 'text' | 'image' | 'audio' | 'video' | 'pdf';
  readonly format: 'text' | 'base64';
  readonly value: string;
};

const types = ['text', 'image', 'audio', 'video', 'pdf'] as const satisfies readonly ContentItem['type'][];
const formats = ['text', 'base64'] as const satisfies readonly ContentItem['format'][];

/** The one format of each type; the default, too. */
const formatOf = (type: ContentItem['type']): ContentItem['format'] => (type === 'text' ? 'text' : 'base64');

const oneOfWords = <Word extends string>(kind: string, words: readonly Word[]) =>
  z.string().transform((sent, context): Word => {
    const word = matchWord(words, sent);
    const message = `Unrecognized ${kind} [${sent}], must be one of [${words.join(', ')}]`;
    return word ?? refuse(context, message);
  });

/** Up to the comma, which stands within the first 256 characters. */
const dataUriPrefix = /^data:[^/,]+\/[^,]+;base64,/;

const isDataUri = (value: string): boolean => dataUriPrefix.test(value.slice(0, 256));

export const textItem = (value: string): ContentItem => ({ type: 'text', format: 'text', value });

/** The same for a text among other values; undefined for those. */
export const ofText = (value: unknown): ContentItem | undefined =>
  typeof value === 'string' ? textItem(value) : undefined;

/**
 * `{type, format?, value}`.
 *
 * @see the contract, §8: "Multimodal item errors"
 */
export const contentItem = named('InferenceString', {
  type: oneOfWords('type', types),
  format: oneOfWords('format', formats).optional(),
  value: z.string(),
}).transform(({ type, format = formatOf(type), value }, context): ContentItem => {
  if (format !== formatOf(type)) {
    const supported = `supported formats are [${formatOf(type)}]`;
    return refuse(context, `Data type [${type}] does not support data format [${format}], ${supported}`);
  }
  if (format === 'base64' && !isDataUri(value)) {
    return refuse(
      context,
      'base64 inputs must be specified as data URIs with the format [data:{MIME-type};base64,...]',
    );
  }
  return { type, format, value };
});
