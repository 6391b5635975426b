import * as z from 'zod';
import { matchWord } from './body-fields.ts';
import { javaDouble, javaText } from './java.ts';
import type { JsonObject } from './read-settings.ts';
import { separatorGroups } from './separator-groups.ts';
import { integer, positiveInteger, text } from './settings.ts';

/** What messages call these settings. */
export const scope = 'chunking_settings';
const mostSeparators = 50;
/** Of a chunk, unless it is made of sentences. */
const leastWords = 10;

export const notA = (javaType: string, name: string) => (issue: { readonly input?: unknown }) =>
  `field [${name}] is not of the expected type. The value [${javaText(issue.input)}] cannot be converted to a [${javaType}]`;

/** Words in a chunk. */
const maxChunkSize = (least: number) =>
  positiveInteger().refine((size) => size <= 0 || size >= least, {
    error: ({ input }) =>
      `[${scope}] Invalid value [${javaDouble(Number(input))}]. [max_chunk_size] must be greater than or equal to [${javaDouble(least)}]`,
  });

const sentence = z.object({
  strategy: z.literal('sentence'),
  max_chunk_size: maxChunkSize(20),
  /** Sentences of a chunk that are also in the next one. */
  sentence_overlap: integer()
    .refine((overlap) => overlap === 0 || overlap === 1, {
      error: ({ input }) => `sentence_overlap[${input}] must be either 0 or 1`,
    })
    .default(1),
});

const word = z.object({
  strategy: z.literal('word'),
  max_chunk_size: maxChunkSize(leastWords),
  /** Words of a chunk that are also in the next one: at most half of it. */
  overlap: positiveInteger(),
});

const overlapRules = ({ max_chunk_size, overlap }: JsonObject): readonly string[] => {
  if (typeof max_chunk_size !== 'number' || max_chunk_size < leastWords) return [];
  const words = integer().safeParse(overlap).data;
  const most = Math.floor(max_chunk_size / 2);
  if (words === undefined || words <= most) return [];
  return [
    `[${scope}] Invalid value [${javaDouble(words)}]. [overlap] must be less than or equal to [${javaDouble(most)}]`,
  ];
};

const groupNames = ['markdown', 'plaintext'] as const satisfies readonly (keyof typeof separatorGroups)[];

const separatorList = z.array(z.string({ error: notA('String', 'separators') }), {
  error: notA('List', 'separators'),
});

/** A list that is too long is refused for that: not each of its millions of elements need be told of. */
const firstSeparators = (sent: unknown): unknown => (Array.isArray(sent) ? sent.slice(0, mostSeparators) : sent);

const recursive = z
  .object({
    strategy: z.literal('recursive'),
    max_chunk_size: maxChunkSize(leastWords),
    separator_group: text()
      .refine((name) => name === '' || matchWord(groupNames, name) !== undefined, {
        error: ({ input }) =>
          `[${scope}] Invalid value [${input}] received. [separator_group] must be one of [${groupNames.join(', ')}]`,
      })
      .optional(),
    separators: z.preprocess(firstSeparators, separatorList).optional(),
  })
  .transform(({ separator_group = 'plaintext', separators, ...settings }) => ({
    ...settings,
    separators: separators ?? separatorGroups[matchWord(groupNames, separator_group) ?? 'plaintext'],
  }));

const separatorRules = ({ separators, separator_group: group }: JsonObject): readonly string[] => {
  if (!Array.isArray(separators) || !separators.every((separator) => typeof separator === 'string')) return [];
  if (typeof group === 'string' && matchWord(groupNames, group))
    return ['Recursive chunking settings can not have both separators and separator_set'];
  if (separators.length === 0) return ['Recursive chunking settings can not have an empty list of separators'];
  if (separators.length <= mostSeparators) return [];
  return [`separators list size [${separators.length}] must not exceed [${mostSeparators}]`];
};

const none = z.object({ strategy: z.literal('none') });

type Settings = z.output<typeof none> | z.output<typeof sentence> | z.output<typeof word> | z.output<typeof recursive>;

/** How texts are cut, with all defaults filled in; keys in the order in which they are shown. */
export type ChunkingSettings = Readonly<Settings>;

type Strategy = {
  readonly schema: z.ZodType<Settings>;
  /** Messages about settings that depend on each other. */
  readonly rules: (sent: JsonObject) => readonly string[];
  readonly refuseUnknown: (names: string) => readonly string[];
};

/** One definition for each strategy. */
export const strategies: Readonly<Record<Settings['strategy'], Strategy>> = {
  // Other keys are ignored: the check that Elasticsearch has for them is not called.
  none: { schema: none, rules: () => [], refuseUnknown: () => [] },
  sentence: {
    schema: sentence,
    rules: () => [],
    refuseUnknown: (names) => [`Sentence based chunking settings can not have the following settings: [${names}]`],
  },
  word: {
    schema: word,
    rules: overlapRules,
    refuseUnknown: (names) => [`Word based chunking settings can not have the following settings: [${names}]`],
  },
  recursive: {
    schema: recursive,
    rules: separatorRules,
    refuseUnknown: (names) => [`Recursive chunking settings can not have the following settings: [${names}]`],
  },
};
