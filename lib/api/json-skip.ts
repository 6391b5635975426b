import { unexpectedJson } from './json-errors.ts';
import type { JsonLexer } from './json-lexer.ts';

const quote = 0x22;
const openBracket = 0x5b;
const openBrace = 0x7b;
const closeBracket = 0x5d;
const closeBrace = 0x7d;

/** What lists and objects are made of, and the strings in which the same characters mean nothing. */
const mark = /["{}[\]]/g;
/** What ends a number or a word. */
const wordEnd = /[\s,\]}]|$/g;

/** Where the pattern is found next, at or behind the lexer's position; the end of the text where it is not. */
export const nextOffset = (pattern: RegExp, lexer: JsonLexer): number => {
  pattern.lastIndex = lexer.position;
  return pattern.exec(lexer.text)?.index ?? lexer.text.length;
};

const skipContainer = (lexer: JsonLexer): void => {
  let depth = 0;
  do {
    lexer.position = nextOffset(mark, lexer);
    const code = lexer.peek();
    if (code === quote) {
      lexer.string();
      continue;
    }
    if (code === openBrace || code === openBracket) depth += 1;
    else if (code === closeBrace || code === closeBracket) depth -= 1;
    else throw unexpectedJson(lexer.text, lexer.position, 'the end of a value');
    lexer.skip();
  } while (depth > 0);
};

/**
 * Passes one value, with the white space in front of it, whose text is known to be JSON: nothing is made of it, and little is checked.
 *
 * @throws InferenceError 400 where the text ends within the value
 */
export const skipValue = (lexer: JsonLexer): void => {
  const code = lexer.peek();
  if (code === quote) lexer.string();
  else if (code === openBrace || code === openBracket) skipContainer(lexer);
  else lexer.position = nextOffset(wordEnd, lexer);
};
