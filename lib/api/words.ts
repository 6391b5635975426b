// The root locale, as Elasticsearch's ICU iterators use it. Segments never end inside a surrogate pair.
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/** Letters and digits of which each run is a word. */
const plain = String.raw`[[\p{L}\d]&&[\u0000-\u07ff]]`;
/** No words, whatever the rules. */
const mark = String.raw`[\s!-\/:-@\[-\^\`\{-~。、！？]`;
/** So many that they can be passed over, but for those at either end, to which a word may reach. No more: a loop takes memory. */
const manyMarks = new RegExp(`${mark}{100,10000}`, 'g');
const reach = 2;

const wordEndsWithin = (text: string, start: number, end: number, ends: number[]): void => {
  for (const { index, segment, isWordLike } of segmenter.segment(text.slice(start, end)))
    if (isWordLike) ends.push(start + index + segment.length);
};

/** Where each word of `text` ends; blanks and punctuation are no words. */
export const wordEnds = (text: string): readonly number[] => {
  const ends: number[] = [];
  let start = 0;
  for (const { 0: marks, index } of text.matchAll(manyMarks)) {
    wordEndsWithin(text, start, index + reach, ends);
    start = index + marks.length - reach;
  }
  wordEndsWithin(text, start, text.length, ends);
  return ends;
};

// Patterns without loops: such a class would keep millions of places to go back to.
const firstOfWord = new RegExp(`(?<!${plain})${plain}`, 'gv');
/** Besides marks, what makes no word: controls, halves of pairs, private characters, invisible blanks and hyphens. */
const maybeWord = new RegExp(String.raw`[^${mark}\p{Cc}\p{Cs}\p{Co}\u00ad\u200b-\u200f\u2060\ufeff]`, 'v');
/** More than plain words and marks, or a mark that may join two words: `don't`, `3.4`. */
const special = new RegExp(String.raw`[^${plain}${mark}]|(?<=${plain})['"\.,:;](?=${plain})`, 'v');

/** Whether it is plain that a text has no words. */
export const isWordless = (text: string): boolean => !maybeWord.test(text);

/** The words of a text where no segmenter is needed to tell. */
const countPlainWords = (text: string): number | undefined => {
  if (isWordless(text)) return 0;
  return special.test(text) ? undefined : (text.match(firstOfWord)?.length ?? 0);
};

/** Words of a text, as chunk sizes count them. */
export const countWords = (text: string): number => countPlainWords(text) ?? wordEnds(text).length;

/** What parts the words around it without more. */
const parting = /^[\s!?。！？]/;

/**
 * The words of each of many texts. It takes a segmenter microseconds to begin, so those that need one are read together, parted by line
 * breaks.
 */
export const countWordsOfEach = (texts: readonly string[]): readonly number[] => {
  const counts = texts.map(countPlainWords);
  const parted = texts.map((text, index) => {
    if (counts[index] !== undefined) return '';
    return parting.test(text.slice(-1)) ? text : `${text}\n`;
  });
  const ends = wordEnds(parted.join(''));
  let [end, next] = [0, 0];
  return parted.map((text, index) => {
    const first = next;
    end += text.length;
    while (next < ends.length && (ends[next] ?? 0) <= end) next += 1;
    return counts[index] ?? next - first;
  });
};
