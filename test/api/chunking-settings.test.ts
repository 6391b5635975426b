import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChunkingSettings } from '../../lib/api/chunking-settings.ts';
import { InferenceError } from '../../lib/api/errors.ts';
import { parseJson } from '../../lib/api/json.ts';
import { errorsOf } from './error-chain.ts';
import refusals from './rows/chunking-settings.json' with { type: 'json' };

const read = (sent: unknown) => readChunkingSettings(parseJson(JSON.stringify(sent)).value);

/** The settings as they are shown: the order of their keys counts. */
const shown = (sent: unknown) => JSON.stringify(read(sent));

describe('readChunkingSettings', () => {
  it('fills in 250 words and one sentence of overlap when nothing is sent', () => {
    expect(readChunkingSettings(undefined)).toEqual({ strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 });
  });

  it.each([
    [null, '{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}'],
    [{}, '{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}'],
    [{ max_chunk_size: 20, strategy: 'sentence' }, '{"strategy":"sentence","max_chunk_size":20,"sentence_overlap":1}'],
    [
      { sentence_overlap: 0, max_chunk_size: 300, strategy: 'sentence' },
      '{"strategy":"sentence","max_chunk_size":300,"sentence_overlap":0}',
    ],
    [
      { strategy: 'sentence', max_chunk_size: 300, sentence_overlap: null },
      '{"strategy":"sentence","max_chunk_size":300,"sentence_overlap":1}',
    ],
    [{ overlap: 5, strategy: 'word', max_chunk_size: 10 }, '{"strategy":"word","max_chunk_size":10,"overlap":5}'],
    [{ overlap: 1, strategy: 'word', max_chunk_size: 11 }, '{"strategy":"word","max_chunk_size":11,"overlap":1}'],
    [{ strategy: 'none', max_chunk_size: 'ignored' }, '{"strategy":"none"}'],
    [
      { separators: ['\n\n', ''], strategy: 'recursive', max_chunk_size: 10 },
      '{"strategy":"recursive","max_chunk_size":10,"separators":["\\n\\n",""]}',
    ],
    [
      { strategy: 'recursive', max_chunk_size: 10, separators: null, separator_group: null },
      String.raw`{"strategy":"recursive","max_chunk_size":10,"separators":["(?<!\\n)\\n\\n(?!\\n)","(?<!\\n)\\n(?!\\n)"]}`,
    ],
    [
      { strategy: 'recursive', max_chunk_size: 10, separator_group: 'plaintext' },
      String.raw`{"strategy":"recursive","max_chunk_size":10,"separators":["(?<!\\n)\\n\\n(?!\\n)","(?<!\\n)\\n(?!\\n)"]}`,
    ],
    [
      { strategy: 'recursive', max_chunk_size: 10, separator_group: ' Markdown' },
      String.raw`{"strategy":"recursive","max_chunk_size":10,"separators":["\n# ","\n## ","\n### ","\n#### ","\n##### ","\n###### ","\n^(?!\\s*$).*\\n-{1,}\\n","\n^(?!\\s*$).*\\n={1,}\\n"]}`,
    ],
  ])('reads %j', (sent, expected) => {
    expect(shown(sent)).toBe(expected);
  });

  it('takes 50 separators', () => {
    const separators = Array.from({ length: 50 }, (_, index) => `-${index}`);
    expect(read({ strategy: 'recursive', max_chunk_size: 10, separators })).toEqual({
      strategy: 'recursive',
      max_chunk_size: 10,
      separators,
    });
  });

  it.each(refusals)('refuses: $when', ({ body, errors }) => {
    expect(errorsOf(() => read(body))).toEqual(errors);
  });

  const value = fc.oneof(fc.integer({ min: -1, max: 60 }), fc.jsonValue({ maxDepth: 1 }));
  const settings = fc.record(
    {
      strategy: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('none', 'word', 'sentence', 'recursive') }, value),
      max_chunk_size: value,
      overlap: value,
      sentence_overlap: value,
      separators: fc.oneof(fc.array(fc.string()), value),
      separator_group: fc.oneof(fc.constantFrom('plaintext', 'markdown'), value),
      other: value,
    },
    { requiredKeys: [] },
  );

  it('shows settings that it reads again as they are, or says what is wrong with them', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: settings }, fc.jsonValue()), (sent) => {
        let once: string;
        try {
          once = shown(sent);
        } catch (error) {
          expect(error).toBeInstanceOf(InferenceError);
          return;
        }
        expect(shown(JSON.parse(once))).toBe(once);
      }),
      { numRuns: 1000 },
    );
  });
});
