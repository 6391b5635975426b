import type { FunctionName, Method, Route } from '../lib/http/routes.ts';

type Resource = {
  readonly path: string;
  /** A resource without the method answers API Gateway's own 403, so each has ANY. */
  readonly methods: { readonly ANY: FunctionName } & { readonly [Name in Method]?: FunctionName };
};

/**
 * What API Gateway knows of the REST surface: as much as it takes to choose the function. The routes table in that function does
 * the rest, so that unknown paths and methods get Elasticsearch's errors.
 */
export const tree: readonly Resource[] = [
  { path: '/', methods: { ANY: 'read' } },
  { path: '/{proxy+}', methods: { ANY: 'read' } },
  { path: '/_inference', methods: { ANY: 'read' } },
  { path: '/_inference/{proxy+}', methods: { ANY: 'read', POST: 'infer', PUT: 'manage', DELETE: 'manage' } },
  // The parent of the next one exists anyway: its requests are unknown paths, which `read` takes.
  { path: '/_security', methods: { ANY: 'read' } },
  { path: '/_security/{proxy+}', methods: { ANY: 'security' } },
];

const greedy = '{proxy+}';

/** The part of a resource's path that a request must begin with, or be where it has no variable. */
const fixedPart = ({ path }: Resource): string => (path.endsWith(greedy) ? path.slice(0, -greedy.length) : path);

const takes = (resource: Resource, path: string): boolean => {
  const fixed = fixedPart(resource);
  return fixed === resource.path ? path === fixed : path.startsWith(fixed) && path.length > fixed.length;
};

/**
 * The function that API Gateway calls: of the resources that take the path the one with the longest fixed part, and there the
 * method, or else ANY.
 *
 * @param path - as in the routes table; a variable counts as a part unlike all others
 */
export const functionFor = (method: Method, path: string): FunctionName => {
  const [chosen] = tree
    .filter((resource) => takes(resource, path))
    .sort((one, other) => fixedPart(other).length - fixedPart(one).length);
  if (!chosen) throw new Error(`API Gateway has no resource for ${path}`);
  return chosen.methods[method] ?? chosen.methods.ANY;
};

/**
 * Compares the tree with the routes table, so that a route which would reach a function that does not have it, and so not its
 * rights either, stops the synthesis.
 *
 * @throws Error that names the first such route
 */
export const checkRoutes = (routes: readonly Pick<Route, 'method' | 'path' | 'function'>[]): void => {
  for (const { method, path, function: named } of routes) {
    const reached = functionFor(method, path);
    if (reached !== named)
      throw new Error(`${method} ${path} is a route of ${named}, but API Gateway calls ${reached}`);
  }
};
