/** Insertions, deletions and replacements that turn one name into the other. */
const editDistance = (a: string, b: string): number => {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[b.length] ?? 0;
};

/** 1 for the same name, 0 for one without anything in common. */
const similarity = (a: string, b: string): number => {
  const longest = Math.max(a.length, b.length);
  // Names so unlike in length cannot be near, and a caller's may be as long as a body.
  if (Math.abs(a.length - b.length) * 2 >= longest) return 0;
  return 1 - editDistance(a, b) / longest;
};

/** The candidates that are more alike than not, the likest first. */
export const nearNames = (name: string, candidates: readonly string[]): readonly string[] =>
  candidates
    .map((candidate) => ({ candidate, score: similarity(name, candidate) }))
    .filter(({ score }) => score > 0.5)
    .sort((a, b) => b.score - a.score || (a.candidate < b.candidate ? -1 : 1))
    .map(({ candidate }) => candidate);

/** ` did you mean [input]?`, ` did you mean any of [a, b]?`, or nothing: the end of Elasticsearch's message about an unknown field. */
export const didYouMean = (name: string, candidates: readonly string[]): string => {
  const near = nearNames(name, candidates);
  if (near.length === 0) return '';
  return ` did you mean ${near.length > 1 ? 'any of ' : ''}[${near.join(', ')}]?`;
};
