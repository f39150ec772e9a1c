import type { SeededRandom } from '@tenantry/testing';
import { GROUPS_NAME } from '../scopes/scopes-state.ts';
import type { ScopeFiles } from './save-files.ts';

/** The files that say so: one for each config or one for all, in this notation or that. What is JSON is YAML, too. */
export function textsOf(random: SeededRandom, values: ReadonlyMap<string, unknown>): ScopeFiles {
  const ending = (): string => random.pick(['json', 'yaml', 'yml']);
  const text = (value: unknown): string => `${JSON.stringify(value, null, random.pick([0, 1, 2]))}\n`;
  const files = new Map<string, string>();
  const configs = [...values].filter(([name]) => name !== GROUPS_NAME);
  const groups = values.get(GROUPS_NAME);
  if (groups !== undefined) files.set(`${GROUPS_NAME}.yaml`, text(groups));
  if (configs.length === 0) return files;
  if (random.chance(0.4)) files.set('@configs.yaml', text(Object.fromEntries(random.shuffle(configs))));
  else for (const [name, value] of configs) files.set(`${name}.${ending()}`, text(value));
  return files;
}
