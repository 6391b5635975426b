import type { JsonDocument } from '../api/json.ts';
import type { Request } from './types.ts';

/** The body of a route whose body is required: the edge has seen that there is one. */
export const requireBody = ({ body }: Request): JsonDocument => {
  if (!body) throw new Error('a route read a body that it does not require');
  return body;
};
