import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mode, Plan, seats, secret } from '../../admin/src/admin.fixture.ts';
import type { CliLab } from './cli.fixture.ts';

/** One call of each command that asks a server, by its name. Words such as `{tenant}` stand for what `filled` makes. */
export const CALLS: Readonly<Record<string, readonly string[]>> = {
  get: ['{tenant}', 'seats'],
  set: ['{tenant}', 'seats', 'seats=7'],
  patch: ['{tenant}', 'seats', 'seats=8'],
  unset: ['{tenant}', 'mode'],
  list: ['{tenant}'],
  history: ['{tenant}', 'seats'],
  version: ['{tenant}', 'seats', '1'],
  diff: ['{tenant}', 'seats', '1', '2'],
  copy: ['{tenant}', 'copy-of-{tenant}', '--configs', 'seats'],
  plan: ['{folder}'],
  apply: ['{folder}'],
  import: ['{other-folder}'],
  export: ['{empty-folder}'],
  rollback: ['{tenant}', 'seats', '1'],
  explain: ['{tenant}', 'seats'],
  'who-overrides': ['seats'],
  preview: ['{tenant}', 'seats', 'seats=11'],
  reveal: ['{tenant}', 'token', '-m', 'a test'],
  state: ['{tenant}'],
  'definitions list': [],
  'definitions get': ['seats'],
  'definitions matrix': ['seats'],
  'tenants list': [],
  'tenants get': ['{tenant}'],
  'tenants set-groups': ['{tenant}', 'gold', 'eu'],
  'groups list': [],
  'groups get': ['gold'],
  'groups members': ['gold'],
  'groups set': ['gold', 'eu'],
  'groups delete': ['empty'],
  'records entities': [],
  'records list': ['{tenant}', 'plans'],
  'records get': ['{tenant}', 'plans', '{record}'],
  'operations overview': [],
  'operations dead-rows list': [],
  'operations dead-rows retry': ['--all'],
  'operations dead-rows discard': ['--all'],
  'operations dead-letters list': [],
  'operations dead-letters retry': ['--all'],
  'operations dead-letters discard': ['--all'],
  'operations audit': [],
  'operations readers': [],
  'grants list': [],
  'grants give': ['user:bob', 'view', 'tenants/acme', '--config', 'seats'],
  'grants take': ['{grant}'],
  'audit list': [],
  me: [],
  openapi: [],
};

/** Makes a tenant that every call finds something of, with files of it in this folder, and what the words stand for. */
export async function filled(
  { store, system, grants }: CliLab,
  tenant: string,
  folder: string,
): Promise<(word: string) => string> {
  for (const group of ['gold', 'eu', 'empty']) await store.scopes.setGroup(group);
  await store.scopes.set(tenant, ['gold']);
  await store.tenant(tenant).set(seats, { seats: 5 });
  await store.tenant(tenant).set(seats, { seats: 6, name: 'x' });
  await store.tenant(tenant).set(mode, 'on');
  await store.tenant(tenant).set(secret, { key: 'hush', list: [] });
  const em = system.em();
  const plan = em.create(Plan, { tenantId: tenant, slug: tenant, name: 'a plan' });
  await em.flush();
  const { id } = await grants.give({ who: 'user:carl', verbs: ['view'], scope: `tenants/${tenant}` });
  const folders = Object.fromEntries(
    ['folder', 'other-folder', 'empty-folder'].map(name => [name, join(folder, `${tenant}-${name}`)]),
  );
  for (const name of ['folder', 'other-folder']) {
    const of = join(folders[name] as string, 'tenants', `${name}-${tenant}`);
    await mkdir(of, { recursive: true });
    await writeFile(join(of, 'seats.yaml'), 'seats: 12\n');
  }
  const words: Readonly<Record<string, string>> = { tenant, record: String(plan.id), grant: String(id), ...folders };
  return word => word.replace(/\{([\w-]+)\}/, (_, name: string) => words[name] ?? word);
}
