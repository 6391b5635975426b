// The patterns of `filter_path`, as Elasticsearch's FilterPath has them: names with `*` match one key, `**` one or more.

/** A pattern, or what remains of one below a key: what the key there must look like, and what comes below it. */
export type Pattern = {
  /** A name, cut where a `*` stands for any characters; `**` is any keys below each other. */
  readonly name: readonly string[] | '**';
  readonly rest: Pattern | undefined;
};

/** Of the parts between `*`, each is taken where it first fits: no pattern makes that go back, as it would a regular expression. */
const matchesName = ([first = '', ...parts]: readonly string[], name: string): boolean => {
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

/**
 * Goes below the key `name`.
 *
 * @returns whether a pattern ends at this key, and what remains of the others: a set, since many ways may lead to the same rest
 */
export const step = (patterns: ReadonlySet<Pattern>, name: string) => {
  const rests = new Set<Pattern>();
  let isMatched = false;
  for (const pattern of patterns) {
    const isAnyDepth = pattern.name === '**';
    if (!isAnyDepth && !matchesName(pattern.name, name)) continue;
    if (isAnyDepth) rests.add(pattern);
    if (pattern.rest) rests.add(pattern.rest);
    else isMatched = true;
  }
  return { isMatched, rests };
};

/** A dot parts two names, but for one that belongs to a name and has a backslash in front of it. */
const namesOf = (text: string): readonly string[] => {
  const names: string[] = [];
  let start = 0;
  for (const { index } of text.matchAll(/(?<!\\)\./g)) {
    // No name is empty: what begins with a dot is the last one, whatever it holds.
    if (index === start) break;
    names.push(text.slice(start, index));
    start = index + 1;
  }
  return [...names, text.slice(start)];
};

const parsePattern = (text: string): Pattern | undefined =>
  text === ''
    ? undefined
    : namesOf(text).reduceRight<Pattern | undefined>(
        (rest, name) => ({ name: name === '**' ? name : name.replaceAll('\\.', '.').split('*'), rest }),
        undefined,
      );

/**
 * Reads the query parameter.
 *
 * @param text - patterns with commas between them; those that begin with `-` leave out
 * @returns `includes` undefined where all is wanted that is not left out
 */
export const parsePatterns = (text: string) => {
  const patterns = text
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
  const parse = (chosen: readonly string[]): ReadonlySet<Pattern> =>
    new Set(chosen.map(parsePattern).filter((pattern) => pattern !== undefined));
  const includes = patterns.filter((pattern) => !pattern.startsWith('-'));
  const excludes = patterns.filter((pattern) => pattern.startsWith('-')).map((pattern) => pattern.slice(1));
  return { includes: includes.length > 0 ? parse(includes) : undefined, excludes: parse(excludes) };
};
