const vectors = { data: [{ embedding: [0.5, -0.25] }] };
const chunks = 'data: {"id":"1","choices":[{"index":0,"delta":{"content":"Very"}}]}\n\ndata: [DONE]\n\n';
/** What OpenAI answers to the validation call of each task; that of a chat is a stream. */
export const answers: Readonly<Record<string, unknown>> = {
  text_embedding: vectors,
  embedding: vectors,
  completion: { choices: [{ message: { content: 'Very.' } }] },
  chat_completion: chunks,
};
