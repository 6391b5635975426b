import * as z from 'zod';
import { flag, long, matchWord, refuse } from './body-fields.ts';
import { named } from './schema-steps.ts';

const argument = 'illegal_argument_exception';

const efforts = ['xhigh', 'high', 'medium', 'low', 'minimal', 'none'] as const;
const summaries = ['auto', 'concise', 'detailed'] as const;

const unrecognized = (sent: string, object: string, words: readonly string[]): string =>
  `Unrecognized type [${sent}] in object [${object}], must be one of [${words.join(', ')}]`;

const noneOf = (names: readonly string[]): string =>
  `Required one of fields [${names.join(', ')}], but none were specified.`;

/** How much a model is to think, and what it shows of it. */
export const reasoning = named('Reasoning', {
  effort: z.string().optional(),
  summary: z.string().optional(),
  exclude: flag.optional(),
  enabled: flag.optional(),
}).transform(({ effort: sentEffort, summary: sentSummary, exclude, enabled }, context) => {
  if (sentEffort === undefined && enabled === undefined)
    return refuse(context, noneOf(['effort', 'enabled']), argument, 'parser');
  const effort = sentEffort === undefined ? undefined : matchWord(efforts, sentEffort);
  if (sentEffort !== undefined && !effort)
    return refuse(context, unrecognized(sentEffort, 'effort', efforts), 'status_exception');
  const summary = sentSummary === undefined ? undefined : matchWord(summaries, sentSummary);
  if (sentSummary !== undefined && !summary)
    return refuse(context, unrecognized(sentSummary, 'summary', summaries), 'status_exception');
  if (enabled === false && !effort)
    return refuse(context, 'When [enabled] is false, [effort] must be specified.', 'status_exception');
  return {
    ...(effort && { effort }),
    ...(summary && { summary }),
    ...(exclude !== undefined && { exclude }),
    ...(enabled !== undefined && { enabled }),
  };
});

const contents = ['data', 'summary', 'text', 'signature'] as const;

/** Of each of these, one at most may be there: a text goes with its signature only. */
const exclusive = [
  ['data', 'summary', 'text'],
  ['data', 'summary', 'signature'],
] as const;

/** What a detail of each type holds; one of the names is enough. */
const contentsOf = {
  'reasoning.encrypted': ['data'],
  'reasoning.summary': ['summary'],
  'reasoning.text': ['text', 'signature'],
} as const satisfies Record<string, readonly (typeof contents)[number][]>;

const detailTypes = ['reasoning.encrypted', 'reasoning.summary', 'reasoning.text'] as const;

/** A piece of an earlier answer's reasoning, handed back to the model. */
export const reasoningDetail = named('ReasoningDetail', {
  type: z.string(),
  format: z.string().optional(),
  id: z.string().optional(),
  index: long.optional(),
  data: z.string().optional(),
  summary: z.string().optional(),
  text: z.string().optional(),
  signature: z.string().optional(),
}).transform((detail, context) => {
  const sent = (names: readonly (typeof contents)[number][]) => names.filter((name) => detail[name] !== undefined);
  const together = exclusive.map(sent).find((names) => names.length > 1);
  if (together)
    return refuse(
      context,
      `The following fields are not allowed together: [${together.join(', ')}]`,
      argument,
      'parser',
    );
  if (sent(contents).length === 0) return refuse(context, noneOf(contents), argument, 'parser');
  const type = detailTypes.find((name) => name === detail.type);
  if (!type)
    return refuse(context, unrecognized(detail.type, 'reasoning_detail_type', detailTypes), 'status_exception');
  if (sent(contentsOf[type]).length === 0)
    return refuse(
      context,
      `At least one of [${contentsOf[type].join(', ')}] must be provided for reasoning details of type [${type}]`,
    );
  return { ...detail, type };
});
