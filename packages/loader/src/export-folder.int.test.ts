import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { exportFolder } from './export-folder.ts';
import { folderWith } from './folder/folder.fixture.ts';
import { actionsOf, freshName, limits, load, mode, store, system, useSystem, versionsInAll } from './loader.fixture.ts';

useSystem();

// L9
describe('an export', () => {
  it.each(['yaml', 'json', 'toml'] as const)(
    'in %s is imported with no write, and is the same the next time',
    async format => {
      const name = freshName();
      vi.stubEnv('TEST_SMTP', 'hunter2hunter2');
      const dir = await folderWith({
        [`groups/${name}/range.yaml`]: 'min: 1\nmax: 3\n',
        [`tenants/${name}/@groups.yaml`]: `[${name}]`,
        [`tenants/${name}/limits.yaml`]: 'max: 1.5',
        [`tenants/${name}/smtp.yaml`]: 'host: a\npassword: { $secret: { env: TEST_SMTP } }',
        [`tenants/${name}-2/smtp.yaml`]: '{ $secret: { env: TEST_SMTP } }',
      });
      await load(dir, { name });
      const scopes = [`groups/${name}`, `tenants/${name}`, `tenants/${name}-2`] as const;
      const out = await folderWith();
      const { written } = await exportFolder({ orm: system.orm as never, dir: out, scopes, format });
      expect(written).toHaveLength(6);
      const texts = await Promise.all(written.map(path => readFile(join(out, path), 'utf8')));
      expect(texts.join()).not.toContain('hunter2');
      const variables = texts.join().match(/TENANTRY_\w+/g) as string[];
      expect(variables).toHaveLength(2);
      vi.stubEnv(variables.find(each => !each.includes('_2_')) as string, '{"host":"a","password":"hunter2hunter2"}');
      vi.stubEnv(variables.find(each => each.includes('_2_')) as string, 'hunter2hunter2');
      const before = await versionsInAll();
      const report = await load(out, { name });
      expect(report.problems).toEqual([]);
      expect(new Set(Object.values(actionsOf(report)))).toEqual(new Set(['same']));
      expect(await versionsInAll()).toBe(before);
      expect((await exportFolder({ orm: system.orm as never, dir: out, scopes, format })).written).toEqual([]);
      vi.unstubAllEnvs();
    },
  );

  it('has all scopes of which anything is set', async () => {
    const out = await folderWith();
    await store.global().set(limits, { max: 1 });
    await store.tenant('everything').set(limits, { max: 2 });
    const { written } = await exportFolder({ orm: system.orm as never, dir: out });
    expect(written).toEqual(expect.arrayContaining(['global/limits.yaml', 'tenants/everything/limits.yaml']));
  });

  it('of some scopes deletes no file of the others: with `prune` it is refused', async () => {
    const out = await folderWith({ 'tenants/everything/limits.yaml': 'max: 2' });
    const options = { orm: system.orm as never, dir: out, prune: true };
    await expect(exportFolder({ ...options, scopes: ['global'] })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(await readFile(join(out, 'tenants/everything/limits.yaml'), 'utf8')).toBe('max: 2');
  });

  it('leaves out a value whose file no loader would read, and names it', async () => {
    const [out, scope] = [await folderWith(), 'tenants/large' as const];
    await store.tenant('large').setMany([
      [limits, { max: 1 }],
      [mode, 'x'.repeat(100)],
    ]);
    const options = { orm: system.orm as never, dir: out, scopes: [scope], maxFileBytes: 50 };
    expect(await exportFolder(options)).toMatchObject({
      written: ['tenants/large/limits.yaml'],
      problems: [{ path: 'tenants/large/ui%2Fmode.yaml', scope, config: 'ui/mode', code: 'TOO_LARGE' }],
    });
  });

  it('names the values that end, which no file says; an import of it leaves them as they are, and one of another value says that the end is lost', async () => {
    const [out, scope] = [await folderWith(), 'tenants/ending' as const];
    const expiresAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 3_600_000);
    await store.tenant('ending').set(limits, { max: 1 }, { expiresAt });
    const { ending } = await exportFolder({ orm: system.orm as never, dir: out, scopes: [scope] });
    expect(ending).toEqual([{ scope, config: 'limits', expiresAt }]);
    expect((await load(out, { name: 'ending' })).items).toMatchObject([{ action: 'same' }]);
    expect((await store.tenant('ending').get(limits))?.expiresAt).toEqual(expiresAt);
    await writeFile(join(out, 'tenants/ending/limits.yaml'), 'max: 2\n');
    expect((await load(out, { name: 'ending', policy: 'overwrite' })).items).toMatchObject([
      { action: 'overwrite', endLost: expiresAt.getTime() },
    ]);
    expect((await store.tenant('ending').get(limits))?.expiresAt).toBeUndefined();
  });
});
