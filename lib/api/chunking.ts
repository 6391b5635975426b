import { countWords, countWordsOfEach, isWordless, wordEnds } from './words.ts';

/** `[start, end)` in UTF-16 units of the text. */
export type Chunk = readonly [start: number, end: number];

const sentences = new Intl.Segmenter('und', { granularity: 'sentence' });

/**
 * Splits `text` into overlapping chunks of whole words (strategy `word`). Blanks and punctuation after a word belong to the next
 * chunk.
 *
 * @param size - words per chunk
 * @param overlap - words shared with the chunk before, below `size`
 * @returns chunks that together cover all words of `text`, though not always what follows the last one; one for a text without words
 * @see Elasticsearch, `chunking_settings` with strategy `word`
 */
export const chunkByWords = (text: string, size: number, overlap: number): readonly Chunk[] => {
  const chunks: Chunk[] = [];
  let start = 0;
  /** Where the chunk after the open one begins. */
  let next = 0;
  let inChunk = 0;
  let sinceNext = 0;
  for (const end of wordEnds(text)) {
    inChunk += 1;
    sinceNext += 1;
    if (inChunk >= size) {
      chunks.push([start, end]);
      inChunk = overlap;
      if (overlap === 0) next = end;
      start = next;
    }
    if (sinceNext === size - overlap) {
      next = end;
      sinceNext = 0;
    }
  }
  if (inChunk > overlap || chunks.length === 0) chunks.push([start, text.length]);
  return chunks;
};

type Sentence = { readonly range: Chunk; readonly words: number };

/** How many sentences are read and counted together. */
const together = 1000;

/** All but the first and the last of many line breaks. */
const emptyLines = /(?<=\n)(\n{100,10000})(?=\n)/;

/** The sentences of a text. Each line break ends one, but millions of empty lines are taken together: they hold no word. */
function* sentencesOf(text: string): Generator<string, void, undefined> {
  for (const [index, part] of text.split(emptyLines).entries()) {
    if (index % 2 === 1) yield part;
    else for (const { segment } of sentences.segment(part)) yield segment;
  }
}

/** The sentences of a text with their words, in groups. */
function* countedSentences(text: string): Generator<readonly Sentence[], void, undefined> {
  let group: string[] = [];
  let end = 0;
  const counted = (): readonly Sentence[] => {
    const counts = countWordsOfEach(group);
    return group.map((sentence, index) => {
      const start = end;
      end += sentence.length;
      return { range: [start, end], words: counts[index] ?? 0 };
    });
  };
  for (const sentence of sentencesOf(text)) {
    group.push(sentence);
    if (group.length < together) continue;
    yield counted();
    group = [];
  }
  yield counted();
}

type Open = { readonly start: number; readonly words: number };

/** Where the last `kept` words of a sentence begin, and how many words are carried over. */
const tail = (text: string, [start, end]: Chunk, sentenceWords: number, kept: number): Open => {
  if (kept >= sentenceWords) return { start, words: sentenceWords };
  const ends = wordEnds(text.slice(start, end));
  const dropped = sentenceWords - kept;
  return { start: start + (ends[dropped - 1] ?? 0), words: kept };
};

/**
 * Splits `text` into chunks of whole sentences (strategy `sentence`), one after the other. A sentence longer than a chunk is cut by
 * words.
 *
 * @param size - words per chunk
 * @param overlap - sentences that a chunk repeats of the one before
 * @returns chunks that together cover `text`; one for the empty text
 * @see Elasticsearch, `chunking_settings` with strategy `sentence`
 */
export function* chunkBySentences(text: string, size: number, overlap: 0 | 1): Generator<Chunk, void, undefined> {
  let open: Open = { start: 0, words: 0 };
  let any = false;
  let previous: Sentence | undefined;
  // A word has a character at least, so such a text fits: neither a million short ones need be read, nor millions of sentences without.
  for (const group of text.length <= size || isWordless(text) ? [] : countedSentences(text)) {
    for (const sentence of group) {
      const { range, words } = sentence;
      if (open.words + words <= size) {
        open = { start: open.start, words: open.words + words };
      } else {
        if (open.words > 0) {
          yield [open.start, range[0]];
          any = true;
          open = afterClosed(text, range[0], previous, words, size, overlap);
        }
        const [full, rest] = cutLongSentence(text, range, { start: open.start, words: open.words + words }, size);
        yield* full;
        any ||= full.length > 0;
        open = rest;
      }
      previous = sentence;
    }
  }
  if (open.words > 0 || !any) yield [open.start, text.length];
}

/** What the chunk after a closed one carries over of the sentence before. */
const afterClosed = (
  text: string,
  end: number,
  previous: Sentence | undefined,
  count: number,
  size: number,
  overlap: 0 | 1,
): Open => {
  if (overlap === 0 || !previous) return { start: end, words: 0 };
  const kept = previous.words + count > size ? Math.min(previous.words, Math.floor(size / 2), 20) : previous.words;
  return tail(text, previous.range, previous.words, kept);
};

/** Cuts what is open by words when it is too long; its last piece stays open. */
const cutLongSentence = (
  text: string,
  [, end]: Chunk,
  open: Open,
  size: number,
): readonly [full: readonly Chunk[], open: Open] => {
  if (open.words <= size) return [[], open];
  const pieces = chunkByWords(text.slice(open.start, end), size, Math.min(20, Math.floor((size - 1) / 2)));
  const last = pieces.at(-1) ?? [0, end - open.start];
  const full = pieces.slice(0, -1).map(([from, to]): Chunk => [open.start + from, open.start + to]);
  return [full, { start: open.start + last[0], words: countWords(text.slice(open.start + last[0], end)) }];
};
