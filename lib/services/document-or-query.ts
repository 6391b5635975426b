import { validationException } from '../api/errors.ts';
import type { InputType } from '../api/input-type.ts';

// Services that tell documents from queries, and know no other use of a text.

const words: Partial<Record<InputType, 'document' | 'query'>> = {
  ingest: 'document',
  internal_ingest: 'document',
  search: 'query',
  internal_search: 'query',
};

/** @returns undefined where nobody said what the texts are for */
export const documentOrQuery = (inputType: InputType | undefined): 'document' | 'query' | undefined =>
  inputType && words[inputType];

/**
 * @param label - the service as people write it: `Azure AI Studio`
 * @throws InferenceError 400 for texts that are to be classified or clustered
 */
export const refuseOtherUses = ({ inputType }: { readonly inputType?: InputType }, label: string): void => {
  if (inputType === 'classification' || inputType === 'clustering')
    throw validationException([`Input type [${inputType}] is not supported for [${label}]`]);
};
