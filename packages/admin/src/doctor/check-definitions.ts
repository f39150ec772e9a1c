import type { Registration, Replication } from '@tenantry/mikro-orm';
import { type Check, look, ok, warn } from './check.ts';

const MOST_NAMES = 10;

/** Whether the processes that run now have registered the same definitions under the same names. */
export function checkDefinitions(replication: Pick<Replication, 'registrations'>): Promise<readonly Check[]> {
  return look('definitions', async () => {
    const sets = await replication.registrations();
    const differing = differencesOf(sets);
    if (differing.length === 0) {
      const said = sets.length === 1 ? 'one set of definitions' : `${sets.length} sets of definitions that agree`;
      return ok('definitions', `Writers, workers and admins that run have ${said}. Readers do not say theirs.`);
    }
    const shown = differing.slice(0, MOST_NAMES).join('; ');
    const rest = differing.length > MOST_NAMES ? `; and ${differing.length - MOST_NAMES} more` : '';
    return warn(
      'definitions',
      `Processes that run have registered different definitions under one name: ${shown}${rest}.`,
      'Expected for some minutes during a deploy. Otherwise deploy the same definitions to all of them.',
    );
  });
}

/** Each name that means different things, and in which way. A process that does not know a name is no difference: applications share a database. */
export function differencesOf(sets: readonly Pick<Registration, 'configs' | 'entities'>[]): readonly string[] {
  const configs = different(sets.map(set => set.configs)).map(([name, prints]) => {
    const of = (part: number) => new Set(prints.map(print => print.split('.')[part])).size > 1;
    const ways = [of(0) && 'its options', of(1) && 'its schema'].filter(way => way !== false);
    return `config ${name} (${ways.join(' and ')})`;
  });
  return [...configs, ...different(sets.map(set => set.entities)).map(([name]) => `entity ${name}`)];
}

function different(sets: readonly Readonly<Record<string, string>>[]): [name: string, prints: string[]][] {
  const names = [...new Set(sets.flatMap(set => Object.keys(set)))].sort();
  return names.flatMap((name): [string, string[]][] => {
    const prints = [...new Set(sets.flatMap(set => set[name] ?? []))];
    return prints.length > 1 ? [[name, prints]] : [];
  });
}
