import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { match, RouterError } from '../../lib/http/router.ts';
import { routes } from '../../lib/http/routes.ts';

const thrown = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('the router', () => {
  it.each(routes)('finds $id at $method $path', ({ id, method, path }) => {
    const concrete = path.replace('{task_type}', 'rerank').replace('{inference_id}', 'some-id');
    const found = match(method, concrete);
    expect(found.route).toMatchObject({ id, method, path });
    expect(found.path).toEqual({
      ...(path.includes('{task_type}') && { task_type: 'rerank' }),
      ...(path.includes('{inference_id}') && { inference_id: 'some-id' }),
    });
  });

  it.each([
    ['GET', '/_inference/', 'listEndpoints', {}],
    ['GET', '/_inference/*', 'listEndpoints', {}],
    ['GET', '/_inference/_all', 'listEndpoints', {}],
    ['GET', '/_inference/rerank/*', 'listEndpoints', { task_type: 'rerank' }],
    ['GET', '/_inference/rerank/_all/', 'listEndpoints', { task_type: 'rerank' }],
    ['GET', '/_inference/text_embedding', 'getEndpoint', { inference_id: 'text_embedding' }],
    ['GET', '/_inference/my%2Did', 'getEndpoint', { inference_id: 'my-id' }],
    ['GET', '/_inference/a%2Fb', 'getEndpoint', { inference_id: 'a/b' }],
    ['GET', '/_inference/100%', 'getEndpoint', { inference_id: '100%' }],
    ['DELETE', '/_inference/_all', 'deleteEndpoint', { inference_id: '_all' }],
    ['DELETE', '/_inference/*', 'deleteEndpoint', { inference_id: '*' }],
    ['GET', '/_inference/.diagnostics/', 'showDiagnostics', {}],
    ['GET', '/_inference/rerank/.diagnostics', 'getEndpoint', { task_type: 'rerank', inference_id: '.diagnostics' }],
    ['POST', '/_inference/.diagnostics', 'infer', { inference_id: '.diagnostics' }],
    ['GET', '/_inference/_services/_all', 'listServices', { task_type: '_all' }],
    ['GET', '/_inference/any/_services', 'getEndpoint', { task_type: 'any', inference_id: '_services' }],
    ['HEAD', '/', 'ping', {}],
    ['POST', '/_inference/id/_stream', 'streamInfer', { inference_id: 'id' }],
    ['POST', '/_inference/rerank/_stream', 'streamInfer', { inference_id: 'rerank' }],
    ['PUT', '/_inference/id/_update', 'updateEndpoint', { inference_id: 'id' }],
    ['PUT', '/_inference/rerank/id/_update/', 'updateEndpoint', { task_type: 'rerank', inference_id: 'id' }],
  ])('takes %s %s for %s', (method, path, id, variables) => {
    const found = match(method, path);
    expect(found.route.id).toBe(id);
    expect(found.path).toEqual(variables);
  });

  it.each([
    ['POST', '/_inference/id/_update', ['PUT']],
    ['GET', '/_inference/rerank/id/_stream', ['POST']],
    ['PATCH', '/_inference/id', ['GET', 'POST', 'PUT', 'DELETE']],
    ['POST', '/_inference', ['GET']],
    ['DELETE', '/', ['GET', 'HEAD']],
    ['HEAD', '/_inference', ['GET']],
    ['HEAD', '/_inference/id', ['GET', 'POST', 'PUT', 'DELETE']],
    ['OPTIONS', '/_inference/_services', ['GET', 'POST', 'PUT', 'DELETE']],
    ['PUT', '/_inference/rerank/id/_stream/', ['POST']],
  ])('answers 405 to %s %s', (method, path, allow) => {
    const error = thrown(() => match(method, path));
    expect(error).toBeInstanceOf(RouterError);
    expect(error).toMatchObject({ status: 405, allow: expect.arrayContaining(allow) });
    expect(String(error)).toContain(`Incorrect HTTP method for uri [${path}] and method [${method}], allowed: [`);
  });

  it.each([
    ['GET', '/_inference/a/b/c/d'],
    ['GET', '/_search'],
    ['POST', '/nothing'],
    ['GET', '/_inference/_region_policy'],
    ['PUT', '/_inference/_region_policy'],
    ['DELETE', '/_inference/_region_policy/'],
    ['POST', '/_inference/_stream'],
    ['PUT', '/_inference/_update'],
    ['GET', '/_Inference'],
  ])('answers 400 to %s %s', (method, path) => {
    expect(thrown(() => match(method, path))).toMatchObject({
      status: 400,
      message: `no handler found for uri [${path}] and method [${method}]`,
    });
  });

  it('never fails in another way', () => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'X'), fc.string(), (method, rest) => {
        const result = thrown(() => match(method, `/_inference/${rest}`));
        expect(
          result instanceof RouterError || (typeof result === 'object' && result !== null && 'route' in result),
        ).toBe(true);
      }),
    );
  });
});
