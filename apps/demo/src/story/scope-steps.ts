import { isDeepStrictEqual } from 'node:util';
import { refName } from '../definitions/catalogue.ts';
import { GROUP } from '../definitions/service-level.ts';
import type { ScopeChange } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import { everSaw } from './setting-sight.ts';
import { check, type Step } from './step.ts';

const SETTING = 'service-level';
const group = `groups/${GROUP}` as const;

/** acme and globex are in the group, and initech is not. */
export const setForGroup: Step = {
  name: 'set for a group, then for all',
  async play(demo) {
    const value = { responseHours: 4, uploads: { maxMb: 2_000 } };
    const inGroup = await demo.changeLayer({ scope: group, verb: 'set', value, options: { actor: 'ann' } });
    checkAffected(inGroup, ['acme', 'globex']);
    const ms = await demo.seen(inGroup);
    const forAll = { responseHours: 24, uploads: { keepDays: 90 } };
    const everywhere = await demo.changeLayer({ scope: 'global', verb: 'set', value: forAll });
    checkAffected(everywhere, ['acme', 'globex', 'initech']);
    await demo.seen(everywhere);
    checkNever(demo, 'initech', 4);
    const affected = [...inGroup.affected, ...everywhere.affected];
    return { affected, ms, seen: 'both readers, in 2 tenants of the group and never in the third; merged as by hand' };
  },
};

/** What a tenant sets for itself stays, whatever is set above it. */
export const ownField: Step = {
  name: "a tenant's own field wins",
  async play(demo) {
    const { readers } = demo.parts;
    const acme = { tenant: 'acme', setting: SETTING } as const;
    const value = { channel: 'phone', responseHours: 1 };
    const own = await demo.changeLayer({ scope: 'tenants/acme', verb: 'set', value });
    checkAffected(own, ['acme']);
    const ms = await demo.seen(own);
    const before = readers.map(reader => reader.sightings(refName(acme)).length);
    const above = await demo.changeLayer({ scope: group, verb: 'patch', value: { responseHours: 8 } });
    checkAffected(above, ['globex']);
    await demo.seen(above);
    const from = {
      '/channel': 'tenants/acme',
      '/responseHours': 'tenants/acme',
      '/uploads/maxMb': group,
      '/uploads/keepDays': 'global',
    };
    for (const [i, reader] of readers.entries()) {
      const explained = await reader.explain(acme);
      const text = JSON.stringify(explained?.from);
      check(isDeepStrictEqual(explained?.from, from), `${reader.name} explains acme's value by ${text}`);
      // A feed that a busy machine made late is called stale, and fresh again: that says nothing of a change.
      const heard = reader.sightings(refName(acme)).slice((before[i] as number) - 1);
      const more = heard.filter(({ entry }, n) => n > 0 && entry.stale === heard[n - 1]?.entry.stale).length;
      check(more === 0, `${reader.name} was told ${more} times of a change above that acme hides`);
    }
    const affected = [...own.affected, ...above.affected];
    return { affected, ms, seen: 'explained field by field: acme, the group, all; nobody told of what is hidden' };
  },
};

/** Values come and go with the groups, and so do the changes that follow. */
export const changeGroups: Step = {
  name: 'into the group, out of the group',
  async play(demo) {
    const joined = await demo.changeGroups({ tenant: 'initech', groups: [GROUP] });
    checkAffected(joined, ['initech']);
    const ms = await demo.seen(joined);
    const left = await demo.changeGroups({ tenant: 'globex', groups: [] });
    checkAffected(left, ['globex']);
    await demo.seen(left);
    const later = await demo.changeLayer({ scope: group, verb: 'patch', value: { responseHours: 6 } });
    checkAffected(later, ['initech']);
    await demo.seen(later);
    // The comparison after the step sees that globex has what it should have.
    checkNever(demo, 'globex', 6);
    const affected = [...joined.affected, ...left.affected, ...later.affected];
    return { affected, ms, seen: 'the values moved with the tenants; later ones reach those who are in' };
  },
};

/** Plain SQL and a merge by hand say whose values the write changed. */
function checkAffected({ affected }: ScopeChange, tenants: readonly string[]): void {
  const names = affected.map(({ name }) => name).sort();
  const wanted = tenants.map(tenant => refName({ tenant, setting: SETTING }));
  check(isDeepStrictEqual(names, wanted), `it changed ${names.join(', ') || 'nothing'}, not ${wanted.join(', ')}`);
}

function checkNever(demo: Demo, tenant: string, hours: number): void {
  const request = { tenant, setting: SETTING } as const;
  const wasSeen = everSaw(demo, request, value => (value as { responseHours: number }).responseHours === hours);
  check(!wasSeen, `a reader saw ${hours} hours in ${tenant}, which are set for the group alone`);
}
