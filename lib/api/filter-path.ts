// `filter_path`: which parts of an answer its caller wants. Names with `*` match within one level, `**` any number of levels, a
// leading `-` leaves out. Lists are transparent: a pattern goes on with their elements.

type Pattern = readonly string[];

const anyDepth = '**';

/**
 * `*` stands for any characters. Of the parts between, each is taken where it first fits: no pattern makes that go back, as it would a
 * regular expression.
 */
const matchesName = (pattern: string, name: string): boolean => {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return first === name;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
};

/** What remains of the patterns below the key `name`; an empty pattern means that the key itself matches. */
const step = (patterns: readonly Pattern[], name: string): Pattern[] =>
  patterns.flatMap((pattern): Pattern[] => {
    const [first, ...rest] = pattern;
    if (first === undefined) return [];
    if (first === anyDepth) return [pattern, ...step([rest], name)];
    return matchesName(first, name) ? [rest] : [];
  });

const isMatched = (patterns: readonly Pattern[]): boolean => patterns.some((pattern) => pattern.length === 0);

type Filtered = { readonly kept: boolean; readonly value: unknown };

const dropped: Filtered = { kept: false, value: undefined };

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !('toNumber' in value);

/** `includes` undefined: everything is wanted that is not excluded. */
const filter = (value: unknown, includes: readonly Pattern[] | undefined, excludes: readonly Pattern[]): Filtered => {
  if (includes === undefined && excludes.length === 0) return { kept: true, value };
  if (!isContainer(value)) return includes === undefined ? { kept: true, value } : dropped;
  if (Array.isArray(value)) {
    const items = value.map((item) => filter(item, includes, excludes)).filter(({ kept }) => kept);
    return items.length > 0 || (value.length === 0 && includes === undefined)
      ? { kept: true, value: items.map((item) => item.value) }
      : dropped;
  }
  const entries = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    const excluded = step(excludes, name);
    if (isMatched(excluded)) return [];
    const included = includes && step(includes, name);
    const wanted = included && isMatched(included) ? undefined : included;
    if (wanted && wanted.length === 0) return [];
    const result = filter(inner, wanted, excluded);
    return result.kept ? [[name, result.value]] : [];
  });
  const isEmptyByItself = Object.keys(value).length === 0 && includes === undefined;
  return entries.length > 0 || isEmptyByItself ? { kept: true, value: Object.fromEntries(entries) } : dropped;
};

/**
 * Filters an answer by the query parameter `filter_path`.
 *
 * @param text - patterns with commas between them; those that begin with `-` leave out
 * @returns what is left; `{}` where nothing is
 * @see Elasticsearch, response filtering
 */
export const filterPath = (value: unknown, text: string): unknown => {
  const patterns = text
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
  // A dot that belongs to a name has a backslash in front of it.
  const split = (pattern: string): Pattern =>
    pattern
      .split(/(?<!\\)\./)
      .filter((part) => part !== '')
      .map((part) => part.replaceAll('\\.', '.'));
  const includes = patterns.filter((pattern) => !pattern.startsWith('-')).map(split);
  const excludes = patterns.filter((pattern) => pattern.startsWith('-')).map((pattern) => split(pattern.slice(1)));
  const result = filter(value, includes.length > 0 ? includes : undefined, excludes);
  return result.kept ? result.value : Array.isArray(value) ? [] : {};
};
