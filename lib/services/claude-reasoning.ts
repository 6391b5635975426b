// What Claude thinks, in the shape of Elasticsearch's `reasoning_details`, from whichever service it comes.

const format = 'anthropic-claude-v1';

/** One thought, or a piece of it. @param index - counts the thoughts of one answer from 0 */
export const thought = (index: number, text: string) => ({ type: 'reasoning.text', format, index, text });

/** What proves a thought to be Claude's; it goes back to it untouched. */
export const thoughtSignature = (index: number, signature: string) => ({
  type: 'reasoning.text',
  format,
  index,
  signature,
});

/** A thought with its signature, from an answer that came whole. */
export const signedThought = (index: number, text: string, signature: string | undefined) => ({
  ...thought(index, text),
  ...(signature !== undefined && { signature }),
});

/** A thought that only Claude can read. */
export const hiddenThought = (index: number, data: string) => ({ type: 'reasoning.encrypted', format, index, data });
