/** What callers may say about their inputs. */
export const inputTypes = ['ingest', 'search', 'classification', 'clustering', 'unspecified'] as const;

/** Those, and the two that only Elasticsearch itself and the validation call use. */
export type InputType = (typeof inputTypes)[number] | 'internal_ingest' | 'internal_search';

/** Whether a caller said what the inputs are for; services without input types refuse just these. */
export const isSpecified = (inputType: InputType | undefined): boolean =>
  inputType === 'ingest' || inputType === 'search' || inputType === 'classification' || inputType === 'clustering';
