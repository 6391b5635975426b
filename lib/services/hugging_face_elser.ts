import { defineHuggingFace, sparseEmbedding } from './hugging_face.ts';

/** ELSER at Hugging Face, under the name that it had before all tasks came together. */
export const huggingFaceElser = defineHuggingFace({
  name: 'hugging_face_elser',
  label: 'Hugging Face ELSER',
  hidden: true,
  tasks: { sparse_embedding: sparseEmbedding },
});
