/** Why the local server cannot start: one sentence for the person who started it, to be printed without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
