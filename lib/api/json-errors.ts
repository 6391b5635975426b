import { contentTooLong, InferenceError, parseException } from './errors.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Line and column of an offset, both from 1. A line ends with LF, CR or CR LF; a column is one UTF-16 unit wide. */
export const lineAndColumn = (text: string, offset: number): { line: number; column: number } => {
  let line = 1;
  let start = 0;
  for (let at = 0; at < offset; at++) {
    const code = text.charCodeAt(at);
    if (code === lineFeed || (code === carriageReturn && text.charCodeAt(at + 1) !== lineFeed)) {
      line++;
      start = at + 1;
    }
  }
  return { line, column: offset - start + 1 };
};

/** 400 `x_content_parse_exception`, caused by a `json_parse_exception`: the text is not JSON at this offset. */
export const malformedJson = (text: string, offset: number, reason: string): InferenceError =>
  parseException(lineAndColumn(text, offset), reason, new InferenceError(400, 'json_parse_exception', reason));

/** 400 `x_content_e_o_f_exception`, caused by a `json_e_o_f_exception`: the text ends too early. */
export const jsonCutShort = (text: string, expected: string): InferenceError => {
  const { line, column } = lineAndColumn(text, text.length);
  const reason = `Unexpected end-of-input: expected ${expected}`;
  return new InferenceError(400, 'x_content_e_o_f_exception', `[${line}:${column}] ${reason}`, {
    cause: new InferenceError(400, 'json_e_o_f_exception', reason),
  });
};

/** What stands at the offset is not what may stand there: cut short at the end of the text, malformed elsewhere. */
export const unexpectedJson = (text: string, offset: number, expected: string): InferenceError => {
  const code = text.codePointAt(offset);
  if (code === undefined) return jsonCutShort(text, expected);
  const found = JSON.stringify(String.fromCodePoint(code));
  return malformedJson(text, offset, `Unexpected character ${found}: expected ${expected}`);
};

const replacement = Buffer.from('\ufffd');

/** Bytes that are known to be no UTF-8: where the first wrong one stands. */
export const brokenUtf8 = (bytes: Buffer): InferenceError => {
  // Wrong bytes come out as replacement characters, which may also have been sent.
  const text = bytes.toString('utf8');
  let offset = 0;
  let position = 0;
  for (;;) {
    const next = text.indexOf('\ufffd', offset);
    position += Buffer.byteLength(text.slice(offset, next));
    if (!bytes.subarray(position, position + replacement.length).equals(replacement))
      return malformedJson(text, next, 'Invalid UTF-8');
    offset = next + 1;
    position += replacement.length;
  }
};

export const tooManyValues = (most: number): InferenceError =>
  contentTooLong(`the request body holds more than the ${most} values that are taken`);

export const duplicateKey = (text: string, offset: number, key: string): InferenceError =>
  malformedJson(text, offset, `Duplicate field '${key}'`);

const wellFormedPart = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

/** The first thing wrong in a string that is known to have something wrong. `start` is behind its opening quote. */
export const brokenString = (text: string, start: number): InferenceError => {
  let offset = start;
  for (wellFormedPart.lastIndex = start; wellFormedPart.test(text); ) offset = wellFormedPart.lastIndex;
  const rest = text.slice(offset, offset + 6);
  // An escape that the end of the text cuts off may have been a good one.
  if (/^(?:\\(?:u[\dA-Fa-f]{0,3})?)?$/.test(rest)) return jsonCutShort(text, 'the end of a string');
  if (rest.startsWith('\\u')) return malformedJson(text, offset, '\\u takes four hexadecimal digits');
  if (rest.startsWith('\\')) return malformedJson(text, offset, `Unknown escape ${JSON.stringify(rest.slice(0, 2))}`);
  return malformedJson(text, offset, `Control character ${JSON.stringify(rest.charAt(0))} in a string must be escaped`);
};

/** What stands at the offset begins like `word` and goes on otherwise, or ends. */
export const brokenWord = (text: string, offset: number, word: string): InferenceError =>
  word.startsWith(text.slice(offset))
    ? jsonCutShort(text, word)
    : malformedJson(text, offset, `Unknown word: expected ${word}`);
