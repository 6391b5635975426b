import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, fitPair } from '../../../local/engine/truncate.ts';

describe('cutting a text by characters', () => {
  it.each([
    { text: 'abc', most: 3, cut: 'abc' },
    { text: 'abcd', most: 3, cut: 'abc' },
    { text: 'a😀b', most: 3, cut: 'a😀' },
    { text: 'a😀b', most: 2, cut: 'a' },
    { text: '\udc00\udc00\udc00', most: 2, cut: '\udc00\udc00' },
  ])('leaves $cut of $text at $most', ({ text, most, cut }) => {
    expect(cutText(text, most)).toBe(cut);
  });

  it.each(['Right', 'Left'] as const)('never breaks a well-formed text (%s)', (side) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (text, most) => {
        const cut = cutText(text, most, side);
        expect(cut.isWellFormed()).toBe(true);
        expect(side === 'Left' ? text.endsWith(cut) : text.startsWith(cut)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(most);
        if (text.length > most) expect(cut.length).toBeGreaterThanOrEqual(most - 1);
      }),
    );
  });
});

describe('fitting a pair', () => {
  it.each([
    { first: 3, second: 4, room: 7, kept: [3, 4] },
    { first: 3, second: 9, room: 8, kept: [3, 5] },
    { first: 9, second: 3, room: 8, kept: [5, 3] },
    { first: 9, second: 9, room: 8, kept: [4, 4] },
    { first: 9, second: 9, room: 7, kept: [3, 4] },
    { first: 9, second: 8, room: 7, kept: [4, 3] },
    { first: 0, second: 9, room: 7, kept: [0, 7] },
  ])('keeps $kept of $first and $second in $room', ({ first, second, room, kept }) => {
    expect(fitPair(first, second, room)).toEqual(kept);
  });

  it('takes one token after the other from the longer text', () => {
    const length = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(length, length, length, (first, second, room) => {
        const kept: [number, number] = [first, second];
        while (kept[0] + kept[1] > room) kept[kept[0] > kept[1] ? 0 : 1] -= 1;
        const [a, b] = fitPair(first, second, room);
        expect(a + b).toBe(kept[0] + kept[1]);
        // Of an odd number, either order of taking leaves the one token to another text.
        expect(Math.abs(a - kept[0])).toBeLessThanOrEqual(1);
      }),
    );
  });
});
