import type { Ref } from '@tenantry/protocol';
import type { DrawnWorld } from '../drawn/draw-world.ts';
import { refsOf, SLOTS } from '../drawn/shapes.ts';
import { around, back, largePlans, limits, paired, plans, through } from './definitions.ts';

/** Ids that would collide if anything joined them to something else as they are. */
export const TENANTS = ['acme', 'a:b', '{x}', '..', '__proto__', 'acme}:k:plans:id:1'] as const;
export const SLUGS = ['s1', 's2', 's/3', 'id:1', 'x}:k:{y', '%41', '\u{1f600}'] as const;
export const PLAN_IDS: readonly number[] = Array.from({ length: 20 }, (_, i) => i + 1);

/** Plan, limit and config of a tenant's pair: written together or not at all. */
export const pairId = (tenant: string): number => 101 + TENANTS.indexOf(tenant as (typeof TENANTS)[number]);

/** Plans that are made once, and neither changed nor deleted: ten of each tenant. */
export const LASTING_IDS: readonly number[] = Array.from({ length: 10 * TENANTS.length }, (_, i) => 201 + i);
export const tenantOfLasting = (id: number): string => TENANTS[id % TENANTS.length] as string;

export interface Address {
  readonly tenant: string;
  readonly ref: Ref<unknown>;
}

/** What every reader of such a world watches. */
export function watchedIn({ shapes }: DrawnWorld): readonly Address[] {
  const refs = shapes.flatMap(shape => SLOTS.flatMap(slot => refsOf(shape, slot)));
  return [...watched, ...TENANTS.flatMap(tenant => refs.map(ref => ({ tenant, ref })))];
}

const watched: readonly Address[] = TENANTS.flatMap(tenant => {
  const id = pairId(tenant);
  const refs: Ref<unknown>[] = [
    ...PLAN_IDS.map(id => plans.by('id', { id })),
    ...SLUGS.map(slug => plans.by('slug', { slug })),
    ...lastingOf(tenant),
    plans.by('id', { id }),
    limits.by('id', { id }),
    paired,
    through,
    back,
  ];
  return refs.map(ref => ({ tenant, ref }));
});

/** What is only announced, so that only readers with a source can watch it. */
export const watchedWithSource: readonly Address[] = TENANTS.map(tenant => ({ tenant, ref: around }));

/** What is only ever asked for. */
export const asked: readonly Address[] = TENANTS.flatMap(tenant => [
  ...PLAN_IDS.map(id => ({ tenant, ref: largePlans.by('id', { id }) as Ref<unknown> })),
  { tenant, ref: plans.by('idAndSlug', { id: 1, slug: SLUGS[0] }) },
]);

/** What is never deleted, and is where it was made. */
export function lastingOf(tenant: string): readonly Ref<unknown>[] {
  return LASTING_IDS.filter(id => tenantOfLasting(id) === tenant).map(id => plans.by('id', { id }));
}

/** The refs that change together. */
export const pairOf = (tenant: string): readonly Ref<unknown>[] => {
  const id = pairId(tenant);
  return [plans.by('id', { id }), limits.by('id', { id }), paired];
};
