import { type Pattern, parsePatterns, step } from './filter-path-patterns.ts';
import { JsonLexer } from './json-lexer.ts';
import { moreElements, moreMembers, openArray, openObject, readKey } from './json-parser.ts';
import { skipValue } from './json-skip.ts';

// `filter_path`: which parts of an answer its caller wants. Lists are transparent: a pattern goes on with their elements.

/** `includes` undefined: everything is wanted that is not excluded. */
type Wanted = { readonly includes: ReadonlySet<Pattern> | undefined; readonly excludes: ReadonlySet<Pattern> };

/** What is wanted of the value under the key `name`; undefined for nothing of it. */
const below = ({ includes, excludes }: Wanted, name: string): Wanted | undefined => {
  const excluded = step(excludes, name);
  if (excluded.isMatched) return undefined;
  const rest = { excludes: excluded.rests };
  if (includes === undefined) return { includes, ...rest };
  const included = step(includes, name);
  if (included.isMatched) return { includes: undefined, ...rest };
  return included.rests.size > 0 ? { includes: included.rests, ...rest } : undefined;
};

const openBracket = 0x5b;
const openBrace = 0x7b;

/** The value at the lexer's position, as it is written. */
const copyValue = (lexer: JsonLexer): string => {
  lexer.peek();
  const start = lexer.position;
  skipValue(lexer);
  return lexer.text.slice(start, lexer.position);
};

/** What is left of a list or an object; undefined where nothing is, and of an empty one. */
const joined = (open: string, kept: readonly string[], close: string) =>
  kept.length > 0 ? `${open}${kept.join(',')}${close}` : undefined;

const filterArray = (lexer: JsonLexer, wanted: Wanted): string | undefined => {
  const kept: string[] = [];
  for (let another = openArray(lexer); another; another = moreElements(lexer)) {
    const element = filterValue(lexer, wanted);
    if (element !== undefined) kept.push(element);
  }
  return joined('[', kept, ']');
};

const filterObject = (lexer: JsonLexer, wanted: Wanted): string | undefined => {
  const kept: string[] = [];
  for (let another = openObject(lexer); another; another = moreMembers(lexer)) {
    const name = readKey(lexer);
    const inner = below(wanted, name);
    const value = inner ? filterValue(lexer, inner) : skipValue(lexer);
    if (value !== undefined) kept.push(`${JSON.stringify(name)}:${value}`);
  }
  return joined('{', kept, '}');
};

/** The text of what is left of the value at the lexer's position, which moves behind it; undefined where nothing is. */
const filterValue = (lexer: JsonLexer, wanted: Wanted): string | undefined => {
  const { includes, excludes } = wanted;
  const code = lexer.peek();
  const isContainer = code === openBrace || code === openBracket;
  if (includes === undefined && (excludes.size === 0 || !isContainer)) return copyValue(lexer);
  if (isContainer) return code === openBracket ? filterArray(lexer, wanted) : filterObject(lexer, wanted);
  skipValue(lexer);
  return undefined;
};

/**
 * Filters an answer by the query parameter `filter_path`. The text is cut up and not parsed: numbers keep their digits, keys their order.
 *
 * @param json - the answer
 * @param text - patterns with commas between them; those that begin with `-` leave out
 * @returns what is left, as JSON; `{}` where nothing is, `[]` for a list
 * @see Elasticsearch, response filtering
 */
export const filterPath = (json: string, text: string): string => {
  const lexer = new JsonLexer(json);
  const nothing = lexer.peek() === openBracket ? '[]' : '{}';
  return filterValue(lexer, parsePatterns(text)) ?? nothing;
};
