import { describe, expect, it } from 'vitest';
import { readArguments } from '../../admin/arguments.ts';

describe('the command line of admin', () => {
  it.each([
    { words: ['empty'], read: { data: false, yes: false, prefix: 'Inlet' } },
    { words: ['empty', '--data'], read: { data: true, yes: false, prefix: 'Inlet' } },
    { words: ['empty', '--yes', '-c', 'prefix=Second-1'], read: { data: false, yes: true, prefix: 'Second-1' } },
    { words: ['--context', 'prefix=Second', 'empty'], read: { data: false, yes: false, prefix: 'Second' } },
  ])('reads $words', ({ words, read }) => {
    expect(readArguments(words)).toEqual(read);
  });

  it.each([
    { words: [], sentence: 'There is one command, empty, not ""' },
    { words: ['fill'], sentence: 'There is one command, empty, not "fill"' },
    { words: ['empty', 'Inlet'], sentence: 'not "empty Inlet"' },
    { words: ['empty', '--date'], sentence: "Unknown option '--date'" },
    { words: ['empty', '-c', 'prefix='], sentence: '-c takes prefix=NAME once, not prefix=' },
    { words: ['empty', '-c', 'streaming=off'], sentence: '-c takes prefix=NAME once' },
    { words: ['empty', '-c', 'prefix=A', '-c', 'prefix=B'], sentence: 'once, not prefix=A, prefix=B' },
  ])('refuses $words', ({ words, sentence }) => {
    expect(() => readArguments(words)).toThrow(sentence);
  });
});
