import type { InputType } from '../api/input-type.ts';
import { urlPart } from './url-part.ts';

// What requests to Google's APIs share.

/** Characters that have no meaning of their own inside a path, and stay as they are: `model@003:predict`. */
const plain = /%(?:24|26|2B|2C|3A|3B|3D|40)/g;

/** One segment of a path. */
export const pathSegment = (text: string): string => urlPart(text).replace(plain, decodeURIComponent);

const taskTypes: Partial<Record<InputType, string>> = {
  ingest: 'RETRIEVAL_DOCUMENT',
  internal_ingest: 'RETRIEVAL_DOCUMENT',
  search: 'RETRIEVAL_QUERY',
  internal_search: 'RETRIEVAL_QUERY',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
};

/** Google's name for what texts are embedded for; undefined where nobody said it. */
export const taskTypeOf = (inputType: InputType | undefined): string | undefined => inputType && taskTypes[inputType];
