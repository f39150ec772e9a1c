import { may, mayAnywhere, type Rights, type Route, type Target, type Verb } from '@tenantry/admin-api';
import type { Scope } from '@tenantry/protocol';
import { forbidden, notFound } from '../http/refused.ts';

/** What a call is about, as far as its path says. */
export interface Asked {
  readonly route: Route;
  /** Undefined: the path names none. */
  readonly scope: Scope | undefined;
  /** The config of the path, or an entity's name. */
  readonly config: string | undefined;
}

/**
 * Whether the caller may make this call. `NOT_FOUND` where it may not even know that there is something, `FORBIDDEN` where it may see that and no
 * more. Nothing is looked up before: the answer takes the same time for what is there and for what is not.
 */
export function authorize({ route, scope, config }: Asked, rights: Rights, now: number): void {
  const { verb, target } = route;
  if (verb === 'any' || verb === 'public') return;
  const asked = route.config ?? config;
  const mayIn = (each: Verb, where: Target, what: string | undefined) => may(rights, each, where, what, now);
  if (target === 'installation') {
    if (!mayIn(verb, 'installation', asked)) throw forbidden(verb);
    return;
  }
  if (target === 'scope' && scope !== undefined) {
    if (mayIn(verb, scope, asked)) return;
    // Groups of a scope are seen by whoever may see the scope.
    throw mayIn('list', scope, route.config ? undefined : asked) ? forbidden(verb) : notFound();
  }
  // Each thing of the answer is asked for by itself; the path may name a scope that must be seen at all.
  if (scope !== undefined && !mayIn('list', scope, asked)) throw notFound();
  if (mayAnywhere(rights, verb, asked, now)) return;
  throw asked === undefined || mayAnywhere(rights, 'list', asked, now) ? forbidden(verb) : notFound();
}
