import { pathsOf, ROUTES, type Route, type RouteId } from '@tenantry/admin-api';
import { TenantryError } from '@tenantry/protocol';
import { nameOf, partsOf } from './canonical-path.ts';
import { notFound, Refused } from './refused.ts';

/** The names in a path. */
export type PathNames = Readonly<Record<string, string>>;

/** A route, and the names that its path had. */
export interface MatchedRoute {
  readonly id: RouteId;
  readonly route: Route;
  readonly names: PathNames;
}

interface Node {
  readonly fixed: Map<string, Node>;
  named: { readonly name: string; readonly node: Node } | undefined;
  readonly ids: Map<string, RouteId>;
}

const NUMBERS = new Set(['version', 'grant']);

const tree = treeOf();

/** The methods of a path. `HEAD` and `OPTIONS` are answered everywhere. Undefined: there is no such path. */
export function methodsOf(path: string): readonly string[] | undefined {
  const node = find(path)?.node;
  if (!node || node.ids.size === 0) return undefined;
  const methods = [...node.ids.keys()];
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
}

/** The route of a path below `/api/v1`. `NOT_FOUND`, `METHOD_NOT_ALLOWED`, `NOT_CANONICAL`. */
export function matchRoute(method: string, path: string): MatchedRoute {
  const found = find(path);
  if (!found || found.node.ids.size === 0) throw notFound();
  const id = found.node.ids.get(method === 'HEAD' ? 'GET' : method);
  if (id === undefined) {
    const allow = methodsOf(path)?.join(', ') ?? '';
    throw new Refused(405, 'METHOD_NOT_ALLOWED', `This path takes ${allow}.`, { headers: { allow } });
  }
  const names = Object.fromEntries(found.parts.map(([name, part]) => [name, checkedName(name, part)]));
  return { id, route: ROUTES[id], names };
}

function checkedName(name: string, part: string): string {
  const found = nameOf(part);
  if (NUMBERS.has(name) && !/^[1-9]\d{0,14}$/.test(found))
    throw new TenantryError('INVALID_VERSION', `The ${name} in the path must be a whole number above 0.`);
  return found;
}

function find(path: string): { node: Node; parts: [name: string, part: string][] } | undefined {
  const parts: [string, string][] = [];
  let node = tree;
  for (const part of partsOf(path)) {
    // As it stands: a word of the table has one form, too.
    const fixed = node.fixed.get(part);
    if (!fixed && node.named) parts.push([node.named.name, part]);
    const next = fixed ?? node.named?.node;
    if (!next) return undefined;
    node = next;
  }
  return { node, parts };
}

function treeOf(): Node {
  const root = newNode();
  for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][])
    for (const path of pathsOf(route)) {
      let node = root;
      for (const part of partsOf(path)) node = stepTo(node, part);
      node.ids.set(route.method, id);
    }
  return root;
}

function stepTo(node: Node, part: string): Node {
  const name = /^\{(\w+)\}$/.exec(part)?.[1];
  if (name !== undefined) {
    node.named ??= { name, node: newNode() };
    return node.named.node;
  }
  const next = node.fixed.get(part) ?? newNode();
  node.fixed.set(part, next);
  return next;
}

function newNode(): Node {
  return { fixed: new Map(), named: undefined, ids: new Map() };
}
