import * as z from 'zod';
import { javaDouble, javaText } from './java.ts';
import { JsonDecimal } from './json-value.ts';
import { isJsonObject, tokenOf } from './schema-steps.ts';
import type { Telling } from './strict-settings.ts';

// The fields of service and task settings. Every message about a setting is made here, in Elasticsearch's words (contract §4.2);
// a service only says which field it takes. `issue.path` is `[…, scope, name]`: settings are parsed under the name of their scope.

type Issue = { readonly path?: readonly PropertyKey[] | undefined; readonly input?: unknown };

const nameOf = ({ path = [] }: Issue): string => String(path.at(-1));
const scopeOf = ({ path = [] }: Issue): string => String(path.at(-2));

const invalid = (issue: Issue, rule: string): string =>
  `[${scopeOf(issue)}] Invalid value ${rule.replace('{value}', () => `[${javaText(issue.input)}]`)}`;

export const missingSetting = (scope: string, name: string): string =>
  `[${scope}] does not contain the required setting [${name}]`;

export const missingOneOf = (scope: string, names: readonly string[]): string =>
  `[${scope}] does not contain one of the required settings [${names.join(', ')}]`;

/** A setting that only we write. */
export const settingNotAllowed = (scope: string, name: string): string =>
  `[${scope}] does not allow the setting [${name}]`;

type JavaType = 'String' | 'Integer' | 'Long' | 'Double' | 'Boolean' | 'Map' | 'List';

const typeError = (javaType: JavaType) => (issue: Issue) =>
  issue.input === undefined
    ? missingSetting(scopeOf(issue), nameOf(issue))
    : `field [${nameOf(issue)}] is not of the expected type. The value [${javaText(issue.input)}] cannot be converted to a [${javaType}]`;

const emptyText = (issue: Issue): string =>
  invalid(issue, `empty string. [${nameOf(issue)}] must be a non-empty string`);

/** A non-empty string. */
export const text = () => z.string({ error: typeError('String') }).min(1, { error: emptyText });

/** An integer of at most 32 bits, as Java's `Integer`. */
export const integer = () =>
  z
    .int({ error: typeError('Integer') })
    .min(-(2 ** 31), { error: typeError('Integer') })
    .max(2 ** 31 - 1, { error: typeError('Integer') });

/** The same above zero. */
export const positiveInteger = () =>
  integer().positive({ error: (issue) => invalid(issue, `{value}. [${nameOf(issue)}] must be a positive integer`) });

/** Beyond a limit; the stray "a" of the message is Elasticsearch's, numbers are told as decimal ones. */
const beyond = (comparison: 'less' | 'greater', limit: number) => (issue: Issue) =>
  `[${scopeOf(issue)}] Invalid value [${javaDouble(Number(issue.input))}]. [${nameOf(issue)}] must be a ${comparison} than or equal to [${javaDouble(limit)}]`;

/** The same up to a limit. */
export const positiveIntegerUpTo = (most: number) => positiveInteger().max(most, { error: beyond('less', most) });

/** A positive integer, as Java's `Long` (exact up to 2^53 − 1 here). */
export const positiveLong = () =>
  z
    .int({ error: typeError('Long') })
    .positive({ error: (issue) => invalid(issue, `{value}. [${nameOf(issue)}] must be a positive long`) });

export const flag = () => z.boolean({ error: typeError('Boolean') });

/** Any number, as Java's `Double`. */
export const decimal = () => z.preprocess(decimalToNumber, z.number({ error: typeError('Double') }));

/** A number between two limits. */
export const numberBetween = (least: number, most: number) =>
  decimal()
    .refine((value) => value >= least, { error: beyond('greater', least) })
    .refine((value) => value <= most, { error: beyond('less', most) });

const decimalToNumber = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'toNumber' in value && typeof value.toNumber === 'function'
    ? value.toNumber()
    : value;

/** One of a few words in any case, with blanks around it; the error tells of what was sent. */
const anyCaseOf = <const Values extends readonly [string, ...string[]]>(
  values: Values,
  error: (issue: Issue) => string,
) => {
  const choice = z.enum(values, { error });
  const plain = (value: string) => value.trim().toLowerCase();
  return z
    .string({ error })
    .refine((value) => choice.safeParse(plain(value)).success, { error })
    .transform(plain)
    .pipe(choice);
};

/** One of a few words, compared as they are; `anyCase` passes over case and blanks around them, and keeps the lower one. */
export const oneOf = <const Values extends readonly [string, ...string[]]>(
  values: Values,
  { anyCase = false }: { readonly anyCase?: boolean } = {},
) => {
  const listed = [...values].sort().join(', ');
  const error = (issue: Issue) => {
    if (typeof issue.input !== 'string') return typeError('String')(issue);
    return issue.input === ''
      ? emptyText(issue)
      : invalid(issue, `{value} received. [${nameOf(issue)}] must be one of [${listed}]`);
  };
  return anyCase ? anyCaseOf(values, error) : z.enum(values, { error });
};

const similarities = ['cosine', 'dot_product', 'l2_norm'] as const;

/** How vectors are compared. */
export const similarity = () => oneOf(similarities, { anyCase: true });

/** The same in the words of the strict parsers. */
export const strictSimilarity = () =>
  anyCaseOf(similarities, (issue) =>
    typeof issue.input === 'string'
      ? `Invalid value [${issue.input}]; expected one of [${similarities.join(', ')}]`
      : typeError('String')(issue),
  );

/**
 * An enumeration as some strict parsers read it: in any case, with blanks around it.
 *
 * @param words - what may be sent, in lower case, and what is kept for it
 * @param complaint - about another word; it stands where `told` says
 */
export const strictWord = <const Kept extends string>(
  words: Readonly<Record<string, Kept>>,
  { complaint, told }: { readonly complaint: (value: string) => string; readonly told?: Telling },
) =>
  z
    .custom<string>((value) => typeof value === 'string', {
      error: (issue) => `[${scopeOf(issue)}] ${nameOf(issue)} doesn't support values of type: ${tokenOf(issue.input)}`,
      params: { told: 'parser' satisfies Telling },
      abort: true,
    })
    .transform((value, context) => {
      const word = value.trim().toLowerCase();
      const kept = Object.hasOwn(words, word) ? words[word] : undefined;
      if (kept !== undefined) return kept;
      context.addIssue({ code: 'custom', message: complaint(value), input: value, params: { told } });
      return z.NEVER;
    });

/** A number that may also be sent as text, which some strict parsers take. */
export const orText = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value), schema);

/** The whole address of a service, kept as it was given. */
export const address = () =>
  text().refine((value) => value === '' || !urlProblem(value), {
    error: (issue) => {
      const given = String(issue.input);
      return `[${scopeOf(issue)}] Invalid url [${given}] received for field [${nameOf(issue)}]. Error: unable to parse url [${given}]. Reason: ${urlProblem(given)}`;
    },
  });

/** What keeps a text from being the address of a service, in our own words. */
export const urlProblem = (value: string): string | undefined => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url) return 'it is no absolute url';
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `scheme [${url.protocol.slice(0, -1)}] is not http or https`;
  if (url.username || url.password) return 'it holds credentials';
  return undefined;
};

const maps = new WeakSet<z.ZodType>();

const asMap = <Schema extends z.ZodType>(schema: Schema): Schema => {
  maps.add(schema);
  return schema;
};

/** Whether a setting is a map of any keys. */
export const isMap = (schema: z.ZodType): boolean => maps.has(schema);

/** Any JSON object, as it was sent: zod's records would copy hundreds of thousands of entries. */
export const jsonMap = () =>
  asMap(z.custom<Readonly<Record<string, unknown>>>(isJsonObject, { error: typeError('Map'), abort: true }));

/** Names to strings; entries that are null count as absent. */
export const stringMap = () =>
  asMap(
    jsonMap().refine((map) => !entryOfAnotherType(map), {
      error: (issue) => {
        // The compiler cannot know that a refinement sees what the schema before it let through.
        const [key, value] = entryOfAnotherType(issue.input as Record<string, unknown>) ?? [];
        return `Map field [${nameOf(issue)}] has an entry that is not valid, [${key} => ${javaText(value)}]. Value type of [${javaText(value)}] is not one of [String].`;
      },
    }),
  ).transform((map) =>
    Object.fromEntries(
      Object.entries(map).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    ),
  );

const entryOfAnotherType = (map: Readonly<Record<string, unknown>>) => {
  const key = Object.keys(map).find((name) => map[name] !== null && typeof map[name] !== 'string');
  return key === undefined ? undefined : ([key, map[key]] as const);
};

/** A non-empty list of non-empty strings. */
export const textList = () =>
  z.array(text(), { error: typeError('List') }).min(1, {
    error: (issue) => invalid(issue, `empty list. [${nameOf(issue)}] must be a non-empty list`),
  });

/** Settings inside a setting; keys that it does not name are unknown. */
export const settingsMap = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess(
    // A decimal number comes as an object.
    (value) => (value instanceof JsonDecimal ? javaText(value) : value),
    z.strictObject(shape, {
      error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : typeError('Map')(issue)),
    }),
  );

/** A setting inside a setting: null counts as absent there too. */
export const absentIfNull = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => value ?? undefined, schema);

/** `rate_limit`, with a service's own default; `{}` means the default. */
export const rateLimit = (requestsPerMinute: number) =>
  settingsMap({ requests_per_minute: absentIfNull(positiveLong().default(requestsPerMinute)) }).prefault({});

/** `rate_limit` in an update: absent and `{}` mean unchanged. */
export const rateLimitUpdate = () =>
  settingsMap({ requests_per_minute: absentIfNull(positiveLong().optional()) })
    .optional()
    .transform((sent) =>
      sent?.requests_per_minute === undefined ? undefined : { requests_per_minute: sent.requests_per_minute },
    );

/** The same where null and `{}` set a service's own default back, as the newer parsers of Elasticsearch have it. */
export const rateLimitReset = (requestsPerMinute: number) =>
  settingsMap({ requests_per_minute: positiveLong().nullish() })
    .nullish()
    .transform((sent) =>
      sent === undefined ? undefined : { requests_per_minute: sent?.requests_per_minute ?? requestsPerMinute },
    );
