import { type ChunkingSettings, notA, scope, strategies } from './chunking-strategies.ts';
import { illegalArgument, statusException, validationException } from './errors.ts';
import { javaText } from './java.ts';
import { readSettings } from './read-settings.ts';
import { isJsonObject } from './schema-steps.ts';

export type { ChunkingSettings } from './chunking-strategies.ts';

const strategyNames = ['none', 'sentence', 'word', 'recursive'] as const;

const chooseStrategy = (sent: unknown) => {
  if (sent === undefined || sent === null)
    throw illegalArgument("Can't generate Chunker without ChunkingStrategy provided");
  const name = strategyNames.find((candidate) => candidate === sent);
  if (!name) throw illegalArgument(`Invalid chunkingStrategy ${javaText(sent)}`);
  return strategies[name];
};

const defaults = { strategy: 'sentence', max_chunk_size: 250 };

/**
 * Reads the chunking settings of an endpoint.
 *
 * @param sent - undefined, null and `{}` mean the defaults: 250 words, one sentence of overlap
 * @throws InferenceError 400 `validation_exception` with all that is wrong, or `illegal_argument_exception` for the strategy
 * @see the contract, §13
 */
export const readChunkingSettings = (sent: unknown): ChunkingSettings => {
  const given = sent ?? {};
  if (!isJsonObject(given)) throw statusException(400, notA('Map', scope)({ input: sent }));
  // A setting that is null counts as absent, but its name is looked at.
  const settings = Object.fromEntries(
    Object.entries(Object.keys(given).length > 0 ? given : defaults).map(([name, value]) => [name, value ?? undefined]),
  );
  const { schema, rules, refuseUnknown } = chooseStrategy(settings.strategy);
  const reading = readSettings(schema, scope, settings, rules);
  const unknown = reading.unknown.map(({ path }) => String(path.at(-1)));
  const problems = [
    ...(unknown.length > 0 ? refuseUnknown(unknown.join(', ')) : []),
    ...(reading.ok ? [] : withoutGuesses(reading.problems).map(({ message }) => message)),
  ];
  if (problems.length > 0 || !reading.ok) throw validationException(problems);
  return reading.value;
};

/** Without a size of chunks nothing is said about their overlap. */
const withoutGuesses = <Problem extends { readonly path: readonly PropertyKey[] }>(problems: readonly Problem[]) =>
  problems.some(({ path }) => path.at(-1) === 'max_chunk_size')
    ? problems.filter(({ path }) => path.at(-1) !== 'overlap')
    : problems;
