import { JsonLexer } from '../api/json-lexer.ts';
import { skipValue } from '../api/json-skip.ts';

const marks: ReadonlySet<string> = new Set('{}[],:');

/** Marks, and what stands between them: strings, numbers and words. */
const partsOf = (text: string): readonly string[] => {
  const lexer = new JsonLexer(text);
  const parts: string[] = [];
  while (!Number.isNaN(lexer.peek())) {
    const start = lexer.position;
    if (marks.has(text.charAt(start))) lexer.skip();
    else skipValue(lexer);
    parts.push(text.slice(start, lexer.position));
  }
  return parts;
};

const opens = (mark: string | undefined): boolean => mark === '{' || mark === '[';
const closes = (mark: string | undefined): boolean => mark === '}' || mark === ']';

/**
 * JSON over many lines, as `?pretty` asks for it. The text is cut up and not parsed: numbers keep their digits, keys their order, and
 * a key that stands twice still does.
 *
 * @param text - JSON without line breaks
 */
export const prettyJson = (text: string): string => {
  const parts = partsOf(text);
  let level = 0;
  const newLine = () => `\n${'  '.repeat(level)}`;
  const lines = parts.map((mark, position) => {
    if (opens(mark)) {
      level += 1;
      return closes(parts[position + 1]) ? `${mark} ` : `${mark}${newLine()}`;
    }
    if (closes(mark)) {
      level -= 1;
      return opens(parts[position - 1]) ? mark : `${newLine()}${mark}`;
    }
    if (mark === ',') return `${mark}${newLine()}`;
    return mark === ':' ? ' : ' : mark;
  });
  return `${lines.join('')}\n`;
};
