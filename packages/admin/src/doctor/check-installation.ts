import type { Replication } from '@tenantry/mikro-orm';
import { type Check, fail, look, ok, unknown } from './check.ts';

/** What these say is said by the names under the prefix, or by the processes that are there. */
const OF_THE_OWNER: ReadonlySet<string> = new Set(['redis-filled', 'workers', 'feeds', 'definitions']);

/** Whose the names under the prefix are. Asks Redis now: `checkInstallation` of the replication goes by what it saw some seconds ago. */
export function checkInstallation({
  redis,
  replica: { names },
  installation,
}: Pick<Replication, 'redis' | 'replica' | 'installation'>): Promise<readonly Check[]> {
  return look('installation', async () => {
    const [own, there] = await Promise.all([installation(), redis.get(names.installation)]);
    if (there === own) return ok('installation', `The names under the prefix "${names.prefix}" are this database's.`);
    if (there === null)
      return ok(
        'installation',
        `The names under the prefix "${names.prefix}" are nobody's yet: the first write takes them.`,
      );
    return fail(
      'installation',
      `Another database is replicated to this Redis under the prefix "${names.prefix}": no change of this one is published (INSTALLATION_CONFLICT).`,
      'Give each database a `prefix` of its own, the same for its writers, workers and readers, or a Redis of its own. If this database has taken ' +
        `the place of the other one, delete the key "${names.installation}".`,
    );
  });
}

/** While the names are another installation's, what is found under them says nothing of this one. */
export function withoutOthers(found: readonly Check[]): readonly Check[] {
  if (!found.some(({ id, state }) => id === 'installation' && state === 'fail')) return found;
  return found.map(check =>
    OF_THE_OWNER.has(check.id)
      ? unknown(check.id, 'It would speak of the other installation that has the prefix: see the check `installation`.')
      : check,
  );
}
