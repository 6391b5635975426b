import { JsonLexer } from './json-lexer.ts';
import { nextOffset } from './json-skip.ts';

const quote = 0x22;
const comma = 0x2c;
const closeBracket = 0x5d;
const closeBrace = 0x7d;

/** What stands before a value, but for the first one of a text; and the strings in which the same characters mean nothing. */
const mark = /["[{,]/g;

const isEmpty = (lexer: JsonLexer): boolean => {
  const code = lexer.peek();
  return code === closeBracket || code === closeBrace;
};

/** Whether there was a string to pass. */
const passString = (lexer: JsonLexer): boolean => {
  try {
    lexer.string();
    return true;
  } catch {
    return false;
  }
};

/**
 * Counts the values of a JSON text without making any: strings, numbers, words, lists and objects, at whatever depth.
 *
 * @param most - where the counting may end: then it gives some number above that
 * @returns some number for a text that is no JSON
 */
export const countValues = (text: string, most: number): number => {
  const lexer = new JsonLexer(text);
  let count = 1;
  while (count <= most) {
    lexer.position = nextOffset(mark, lexer);
    const code = lexer.peek();
    if (Number.isNaN(code)) break;
    if (code === quote) {
      if (passString(lexer)) continue;
      break;
    }
    lexer.skip();
    if (code === comma || !isEmpty(lexer)) count += 1;
  }
  return count;
};
