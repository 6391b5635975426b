import { describe, expect, it } from 'vitest';
import { functionFor } from '../../infra/tree.ts';
import { routes } from '../../lib/http/routes.ts';
import { chooseFunction } from '../../local/function-choice.ts';

describe('chooseFunction', () => {
  it.each(routes)('$method $path reaches the function that has it', (route) => {
    expect(chooseFunction(route.method, route.path)).toBe(route.function);
  });

  const paths = [
    '/',
    '/_inference',
    '/_inference/',
    '/_inferences/x',
    '/_inference/x',
    '/_inference//x',
    '//_inference/x',
    '/%5Finference/x',
    '/_security',
    '/_security/',
    '/_security/x',
    '/x/_security/y',
    '/a/b/c/d',
  ];
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const;

  it.each(paths)('%s reaches the function that API Gateway calls', (path) => {
    expect(methods.map((method) => chooseFunction(method, path))).toEqual(
      methods.map((method) => functionFor(method, path)),
    );
  });
});
