import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Plan, plans } from '../../admin/src/admin.fixture.ts';
import { CATALOG } from './catalog.ts';
import { lab, tenantry, useCliLab } from './cli.fixture.ts';
import { CALLS, filled } from './every-command.fixture.ts';
import { walk } from './program/catalog.ts';
import { startWriteProxy } from './write-proxy.fixture.ts';

/** Those that print no answer of a server in the form that is asked for, and why. */
const OTHERS: Readonly<Record<string, string>> = {
  watch: 'has no end',
  'audit export': 'is NDJSON in any case',
  doctor: 'ends as the installation is: it has tests of its own',
  'schema check': 'needs a module of definitions: it has tests of its own',
};

/** What they are called with would change something. */
const ENDS_WITH_2 = ['preview', 'plan'];

useCliLab({ system: { sync: [[Plan, plans]] } });
let fill: (word: string) => string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
  fill = await filled(lab, 'acme', folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const wordsOf = (name: string) => [...name.split(' '), ...(CALLS[name] as readonly string[]).map(fill)];

it('there is a call of each command that asks a server', async () => {
  const names: string[] = [];
  for (const [path, leaf] of walk(CATALOG)) if ((await leaf.load()).routes.length > 0) names.push(path.join(' '));
  const own = names.filter(name => name !== 'login');
  expect(own.sort()).toEqual([...Object.keys(CALLS), ...Object.keys(OTHERS)].sort());
});

// C3
it('a dry run sends nothing that could write, and says by 2 that something would change', async () => {
  await using proxy = await startWriteProxy(lab.url);
  const ends: Record<string, number> = {};
  for (const [path, leaf] of walk(CATALOG)) {
    const name = path.join(' ');
    const { options, routes } = await leaf.load();
    if (!Object.hasOwn(options, 'dryRun') || routes.length === 0) continue;
    const { code, err } = await tenantry([...wordsOf(name), '--dry-run'], { env: { TENANTRY_URL: proxy.url } });
    expect(err, name).toBe('');
    ends[name] = code;
  }
  expect(proxy.refused).toEqual([]);
  expect(proxy.requests.length).toBeGreaterThan(10);
  const nothing = Object.keys(ends).filter(name => name.startsWith('operations'));
  expect(ends).toEqual({
    ...ends,
    ...Object.fromEntries(Object.keys(ends).map(name => [name, nothing.includes(name) ? 0 : 2])),
  });
  expect(Object.keys(ends).length).toBeGreaterThan(10);
  // The proxy works: without --dry-run it refuses.
  expect(await tenantry(wordsOf('set'), { env: { TENANTRY_URL: proxy.url } })).toMatchObject({ code: 1 });
  expect(proxy.refused).toEqual(['PUT /api/v1/tenants/acme/configs/seats']);
});

it.each(['json', 'ndjson', 'yaml', 'table'] as const)(
  'every command prints %s, without colours and without anything on stderr',
  async format => {
    const tenant = `t-${format}`;
    const fillThis = await filled(lab, tenant, folder);
    for (const [name, words] of Object.entries(CALLS)) {
      const { code, out, err } = await tenantry([...name.split(' '), ...words.map(fillThis), '-o', format]);
      expect([name, code, err]).toEqual([name, ENDS_WITH_2.includes(name) ? 2 : 0, '']);
      // C2
      expect(/[^\P{Cc}\n]/u.test(out), name).toBe(false);
      if (format === 'json') expect(() => JSON.parse(out), name).not.toThrow();
      if (format === 'yaml') expect(() => parse(out), name).not.toThrow();
      if (format === 'ndjson')
        for (const line of out.trim().split('\n').filter(Boolean)) expect(() => JSON.parse(line), name).not.toThrow();
      if (
        name !== 'operations dead-rows list' &&
        name !== 'operations dead-letters list' &&
        name !== 'operations readers'
      )
        expect(out.endsWith('\n'), name).toBe(true);
      if (name === 'groups delete') await lab.store.scopes.setGroup('empty');
    }
  },
);
