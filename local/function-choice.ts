import type { FunctionName } from '../lib/http/routes.ts';

const begins = (path: string, resource: string): boolean => path.startsWith(resource) && path.length > resource.length;

/**
 * The function that API Gateway's tree calls. The routes table in that function does the rest, so that unknown paths and methods get
 * Elasticsearch's errors.
 *
 * @param path - percent-encoded, without the query
 */
export const chooseFunction = (method: string, path: string): FunctionName => {
  if (begins(path, '/_security/')) return 'security';
  if (!begins(path, '/_inference/')) return 'read';
  switch (method) {
    case 'POST':
      return 'infer';
    case 'PUT':
    case 'DELETE':
      return 'manage';
    default:
      return 'read';
  }
};
