/** The limits of Text Embeddings Inference, at its defaults but for the size of bodies: as the ML node sets it. */
export const limits = {
  /** Inputs of all calls together, waiting and running; more is 429. */
  concurrentInputs: 512,
  /** Inputs in one call; more is 422. */
  inputsPerCall: 32,
  /** Bytes of a request's body: what SageMaker passes on; more is 413. */
  bodyBytes: 6_291_456,
  /**
   * Tokens of one forward pass, padding included. It bounds how long a call waits for another's pass (about half a second
   * on two cores) and the memory of a sparse one: 1,024 tokens × 30,522 words × 4 bytes are 125 MB.
   */
  batchTokens: 1_024,
} as const;
