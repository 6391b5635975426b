import { chunkText } from '../api/chunk-text.ts';
import type { ChunkingSettings } from '../api/chunking-settings.ts';
import { countWords } from '../api/words.ts';
import type { Settings } from './elasticsearch-settings.ts';
import type { Piece } from './service.ts';

/** Elasticsearch's estimate: three words take four tokens. */
const wordsPerToken = 0.75;

/** Words of a chunk that fits, beside the query and three special tokens, into the model's 512 tokens. */
const chunkSize = (query: string): number => {
  const queryTokens = Math.ceil(countWords(query) / wordsPerToken);
  return Math.floor(Math.max(256, 512 - 3 - queryTokens) * wordsPerToken);
};

type Documents = { readonly input: readonly string[]; readonly query?: string; readonly settings: Settings };

/** What the reranker scores of documents: chunks of sentences where the endpoint asks for it, all of them otherwise. */
export function* documentPieces({ input, query = '', settings }: Documents): Generator<Piece, void, undefined> {
  const { long_document_strategy: strategy, max_chunks_per_doc: most = Number.POSITIVE_INFINITY } = settings;
  const chunking: ChunkingSettings =
    strategy === 'chunk'
      ? { strategy: 'sentence', max_chunk_size: chunkSize(query), sentence_overlap: 1 }
      : { strategy: 'none' };
  for (const [owner, document] of input.entries()) {
    let count = 0;
    for (const [start, end] of chunkText(document, chunking)) {
      yield { owner, text: document.slice(start, end) };
      count += 1;
      if (count === most) break;
    }
  }
}
