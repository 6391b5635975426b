import { setImmediate as otherWork } from 'node:timers/promises';
import type { InferenceResult } from '../api/results.ts';

/** Requests to a service at once for one call. */
const parallel = 4;

/** `[0, n)` in runs of at most `size`. */
export const runs = (count: number, size: number): readonly (readonly [start: number, end: number])[] =>
  Array.from({ length: Math.ceil(count / size) }, (_, run) => [run * size, Math.min((run + 1) * size, count)] as const);

/**
 * Works on all items, a few at once, and keeps their order. The first failure is the answer and aborts the rest.
 *
 * @param work - gets a signal that is aborted when another item fails
 */
export const inParallel = async <Item, Done>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<Done>,
): Promise<Done[]> => {
  const [only, ...others] = items;
  // Most calls: nothing else can fail meanwhile.
  if (only !== undefined && others.length === 0) return [await work(only, signal)];
  const controller = new AbortController();
  const leave = () => controller.abort(signal.reason);
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  const done: Done[] = [];
  let next = 0;
  let failed = false;
  const worker = async () => {
    // Not ended by the caller's signal: what is begun after it fails at once, in the words of the service.
    for (let index = next++; index < items.length && !failed; index = next++) {
      // `index` is below the length, and items hold no holes.
      done[index] = await work(items[index] as Item, controller.signal);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
    return done;
  } catch (error) {
    failed = true;
    controller.abort(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
};

/** Milliseconds of work after which other calls have their turn. */
const longestTurn = 20;

/**
 * Collects what is long in the making, and lets other calls go on meanwhile.
 *
 * @returns all of it; the beginning when the signal is aborted, for what comes next to say so in the words of the service
 */
export const collect = async <Item>(items: Iterable<Item>, signal: AbortSignal): Promise<readonly Item[]> => {
  const collected: Item[] = [];
  let began = performance.now();
  for (const item of items) {
    collected.push(item);
    if (performance.now() - began < longestTurn) continue;
    await otherWork();
    if (signal.aborted) break;
    began = performance.now();
  }
  return collected;
};

/** The rows of a result that has one for each input. */
export const rowsOf = (result: InferenceResult): readonly unknown[] | undefined =>
  result.kind === 'dense' || result.kind === 'sparse' ? result.rows : undefined;

/** One result out of those of the parts, in their order; `starts` are the positions of the parts' first inputs. */
export const join = (parts: readonly InferenceResult[], starts: readonly number[]): InferenceResult => {
  const [first] = parts;
  if (!first) throw new Error('a call has at least one part');
  if (parts.length === 1) return first;
  switch (first.kind) {
    case 'dense':
      return { ...first, rows: parts.flatMap((part) => (part.kind === 'dense' ? part.rows : [])) };
    case 'sparse':
      return { kind: 'sparse', rows: parts.flatMap((part) => (part.kind === 'sparse' ? part.rows : [])) };
    case 'rerank':
      return {
        kind: 'rerank',
        documents: parts.flatMap((part, position) =>
          part.kind === 'rerank'
            ? part.documents.map((document) => ({ ...document, index: document.index + (starts[position] ?? 0) }))
            : [],
        ),
      };
    case 'completion':
    case 'chat':
      throw new Error(`a ${first.kind} is never split`);
  }
};

/**
 * Scores of documents out of scores of their pieces: the best piece counts.
 *
 * @param owners - for each piece the document that it is from
 */
export const foldPieces = (result: InferenceResult, owners: readonly number[]): InferenceResult => {
  if (result.kind !== 'rerank') return result;
  const best = new Map<number, number>();
  for (const { index, relevance_score } of result.documents) {
    const owner = owners[index] ?? index;
    best.set(owner, Math.max(best.get(owner) ?? Number.NEGATIVE_INFINITY, relevance_score));
  }
  return {
    kind: 'rerank',
    documents: [...best].sort(([a], [b]) => a - b).map(([index, relevance_score]) => ({ index, relevance_score })),
  };
};
