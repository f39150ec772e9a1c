import type { ROUTES, RouteId } from '@tenantry/admin-api';
import { PATHS } from '@tenantry/admin-api/paths';
import type { Static, TSchema } from 'typebox';
import { queryText, scopePath } from '../address/address.ts';

type Routes = typeof ROUTES;

/** The answer of a route. */
export type AnswerOf<Id extends RouteId> = Routes[Id] extends { readonly answer: infer Schema extends TSchema }
  ? Static<Schema>
  : undefined;

/** The body that a route takes. */
export type BodyOf<Id extends RouteId> = Routes[Id] extends { readonly body: infer Schema extends TSchema }
  ? Static<Schema>
  : undefined;

/** Names in the path (`scope` is `tenants/acme`), and everything else that makes the address. */
export interface Asked {
  readonly names?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/** Method and address of a call, the address behind `/api/v1`. */
export function addressOfCall(id: RouteId, { names = {}, query = {} }: Asked): readonly [method: string, path: string] {
  const [method = '', pattern = ''] = PATHS[id].split(' ');
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = names[name] ?? '';
    return name === 'scope' ? scopePath(value) : encodeURIComponent(value);
  });
  return [method, path + queryText(query)];
}
