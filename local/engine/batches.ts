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
 * Cuts inputs, in their order, into groups that take the tokenizer about as long as one forward pass of the model.
 *
 * @param maxLength - UTF-16 units of texts, and ids, in a group; a longer input is a group of its own
 */
export const groupInputs = <Input extends { readonly length: number }>(
  inputs: readonly Input[],
  maxLength: number,
): readonly (readonly Input[])[] => {
  const groups: { length: number; inputs: Input[] }[] = [];
  for (const input of inputs) {
    const group = groups.at(-1);
    if (group && group.length + input.length <= maxLength) {
      group.inputs.push(input);
      group.length += input.length;
    } else groups.push({ length: input.length, inputs: [input] });
  }
  return groups.map((group) => group.inputs);
};
