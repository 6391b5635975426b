import { type Method, type Route, routes } from './routes.ts';

/** A route with what the path says for its variables, percent-decoded. */
export type Match = { readonly route: Route; readonly path: Readonly<Record<string, string>> };

/** An error of the router itself: `error` is a string there, and an unknown path has no status (contract §12.4). */
export class RouterError extends Error {
  override readonly name = 'RouterError';
  readonly status: number;
  readonly allow: readonly Method[];

  constructor(status: number, message: string, allow: readonly Method[] = []) {
    super(message);
    this.status = status;
    this.allow = allow;
  }
}

/** @param target - path and query of the request */
export const noHandler = (method: string, target: string): RouterError =>
  new RouterError(400, `no handler found for uri [${target}] and method [${method}]`);

type Node = {
  readonly literals: Map<string, Node>;
  variable: { readonly node: Node; name: string } | undefined;
  readonly byMethod: Map<string, { readonly route: Route; readonly names: readonly string[] }>;
};

const createNode = (): Node => ({ literals: new Map(), variable: undefined, byMethod: new Map() });

const splitPath = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');

const buildTree = (): Node => {
  const root = createNode();
  for (const route of routes) {
    const names: string[] = [];
    let node = root;
    for (const part of splitPath(route.path)) {
      if (part.startsWith('{')) {
        names.push(part.slice(1, -1));
        node.variable ??= { node: createNode(), name: part };
        node = node.variable.node;
      } else {
        const child = node.literals.get(part) ?? createNode();
        node.literals.set(part, child);
        node = child;
      }
    }
    node.byMethod.set(route.method, { route, names });
  }
  return root;
};

const tree = buildTree();

/**
 * Literal parts that end a path of their own; they never stand for an id, whatever the method. There is no region policy here, since
 * there is no service `elastic`: its path is an unknown one.
 */
const operations = new Set(['_stream', '_update', '_region_policy']);

/** All nodes that a path leads to, those by literal parts first. */
const find = (
  node: Node,
  parts: readonly string[],
  values: readonly string[],
): { node: Node; values: readonly string[] }[] => {
  const [part, ...rest] = parts;
  if (part === undefined) return node.byMethod.size > 0 ? [{ node, values }] : [];
  // `*` asks for the same lists as `_all`.
  const literal = node.literals.get(part === '*' ? '_all' : part);
  return [
    ...(literal ? find(literal, rest, values) : []),
    ...(node.variable && !operations.has(part) ? find(node.variable.node, rest, [...values, part]) : []),
  ];
};

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not percent-encoded after all: it is taken as it stands.
    return part;
  }
};

/**
 * Finds the route of a request. Literal parts win over variables; a trailing slash is ignored.
 *
 * @param path - percent-encoded
 * @param target - path and query, for messages
 * @throws RouterError 405 for a known path with another method, 400 for an unknown path
 */
export const match = (method: string, path: string, target = path): Match => {
  const parts = splitPath(path).map(decode);
  const found = find(tree, parts, []);
  for (const { node, values } of found) {
    const hit = node.byMethod.get(method);
    if (hit) return { route: hit.route, path: Object.fromEntries(hit.names.map((name, i) => [name, values[i] ?? ''])) };
  }
  const allow = [...new Set(found.flatMap(({ node }) => [...node.byMethod.values()].map(({ route }) => route.method)))];
  if (allow.length > 0) {
    throw new RouterError(
      405,
      `Incorrect HTTP method for uri [${target}] and method [${method}], allowed: [${allow.join(', ')}]`,
      allow,
    );
  }
  throw noHandler(method, target);
};
