/**
 * Counts how often something happened within about the last `span` milliseconds, in constant space: of the span before the present
 * one, as much counts as still lies within.
 */
export const createRecentCount = (span: number) => {
  let startedAt = Number.NEGATIVE_INFINITY;
  let current = 0;
  let previous = 0;

  const moveTo = (now: number): void => {
    const elapsed = now - startedAt;
    if (elapsed >= 0 && elapsed < span) return;
    const isNext = elapsed >= span && elapsed < 2 * span;
    previous = isNext ? current : 0;
    startedAt = isNext ? startedAt + span : now;
    current = 0;
  };

  return {
    add: (now: number): void => {
      moveTo(now);
      current += 1;
    },
    at: (now: number): number => {
      moveTo(now);
      return Math.round(current + previous * (1 - (now - startedAt) / span));
    },
  };
};
