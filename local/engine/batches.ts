/**
 * Cuts rows into batches of at most `maxTokens` tokens, padding included, shortest rows first so that little is padded.
 *
 * @param lengths - tokens of each row
 * @returns positions in `lengths`, each once; a row longer than `maxTokens` is a batch of its own
 */
export const planBatches = (lengths: readonly number[], maxTokens: number): readonly (readonly number[])[] => {
  const batches: number[][] = [];
  const byLength = lengths.map((length, position) => ({ length, position })).toSorted((a, b) => a.length - b.length);
  for (const { length, position } of byLength) {
    const batch = batches.at(-1);
    if (batch && (batch.length + 1) * length <= maxTokens) batch.push(position);
    else batches.push([position]);
  }
  return batches;
};

/**
 * Cuts texts, in their order, into groups that take the tokenizer about as long as one forward pass of the model.
 *
 * @param maxCharacters - UTF-16 units of a group; a longer text is a group of its own
 */
export const groupTexts = (texts: readonly string[], maxCharacters: number): readonly (readonly string[])[] => {
  const groups: { characters: number; texts: string[] }[] = [];
  for (const text of texts) {
    const group = groups.at(-1);
    if (group && group.characters + text.length <= maxCharacters) {
      group.texts.push(text);
      group.characters += text.length;
    } else groups.push({ characters: text.length, texts: [text] });
  }
  return groups.map((group) => group.texts);
};
