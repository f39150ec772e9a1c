import { atTime, type Checker, recordOf, seenIn } from './checker.ts';

/** Whatever a tenant's reader saw, and whatever stands under a tenant's keys, says that it is that tenant's. */
export const g10Apart: Checker = {
  promise: 'G10',
  name: 'apart',
  isFinal: false,
  check(run) {
    const breaches = new Map<string, string>();
    for (const event of seenIn(run)) {
      const { by, tenant, value, at } = event;
      if (value && value.tenantId !== tenant)
        breaches.set(
          `${tenant} ${value.tenantId} ${event.address}`,
          `${by} asked for "${tenant}" and saw ${recordOf(event)} of "${value.tenantId}" ${atTime(at)}.`,
        );
    }
    for (const [key, { owner, value }] of run.final.redis)
      if (!key.startsWith(`${value.tenantId} `))
        breaches.set(key, `Redis has ${owner} of "${value.tenantId}" under "${key}".`);
    return [...breaches.values()];
  },
};
