import { type Chunk, chunkBySentences, chunkByWords } from './chunking.ts';
import { chunkBySeparators } from './chunking-recursive.ts';
import type { ChunkingSettings } from './chunking-settings.ts';

/**
 * Splits `text` as chunking settings say. Chunks of sentences are found as they are asked for.
 *
 * @param settings - as `readChunkingSettings` gives them
 * @throws InferenceError 400 `illegal_argument_exception` for a separator that cannot be used
 * @see the contract, §13
 */
export const chunkText = (text: string, settings: ChunkingSettings): Iterable<Chunk> => {
  switch (settings.strategy) {
    case 'none':
      return [[0, text.length]];
    case 'word':
      return chunkByWords(text, settings.max_chunk_size, settings.overlap);
    case 'sentence':
      return chunkBySentences(text, settings.max_chunk_size, settings.sentence_overlap === 0 ? 0 : 1);
    case 'recursive':
      return chunkBySeparators(text, settings.max_chunk_size, settings.separators);
  }
};
