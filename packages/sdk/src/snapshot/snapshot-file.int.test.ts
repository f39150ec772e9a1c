import { execFileSync } from 'node:child_process';
import { copyFile, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type TenantryError } from '@tenantry/protocol';
import { BUSY_MS, eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { configPut, feature, PATIENT } from '../published-configs.fixture.ts';
import { planById, planBySlug, planDelete, planPut, startWorld } from '../world.fixture.ts';
import { freshFolder, withByte, writtenBy } from './snapshot.fixture.ts';
import { encodeSnapshot } from './snapshot-format.ts';

const password = defineConfig({ name: 'password', schema: z.string(), secret: true, ...PATIENT });
const doubled = defineConfig({ name: 'doubled', schema: z.string().transform(text => ({ text })), ...PATIENT });

describe('a snapshot file', () => {
  it.each(['refuse', 'silent'] as const)(
    'has what was read, without secrets, and a client without Redis serves it as stale, with its age: %s',
    async mode => {
      // L57, R9 (reader)
      await using faulty = await startFaultyWorld();
      await using file = await freshFolder();
      const { world } = faulty;
      const snapshotFile = { path: file.path };
      await world.apply('acme', planPut({ id: 1, version: 3, slug: 'gold', seats: 7 }));
      await world.apply('acme', planPut({ id: 2, version: 1, slug: 'gone' }), planDelete(2, 2));
      await world.apply('acme', configPut(feature, 4, { on: true }), configPut(password, 1, 'hunter2'));
      await world.apply('acme', configPut(doubled, 1, 'text'));
      const before = await world.client({ snapshotFile });
      const refs = [planById(1), planBySlug('gold'), planById(2), feature, password, doubled] as const;
      await before.tenant('acme').getMany(refs);
      await before.close();
      expect((await readFile(file.path)).includes('hunter2')).toBe(false);
      faulty.proxy.set(mode);
      const began = performance.now();
      const client = await faulty.client({ snapshotFile, readTimeoutMs: 300 });
      expect(performance.now() - began).toBeLessThan(300 + BUSY_MS);
      const acme = client.tenant('acme');
      expect(acme.peek(planById(1))).toMatchObject({ id: 1, slug: 'gold', seats: 7 });
      expect(acme.peek(planBySlug('gold'))).toMatchObject({ seats: 7 });
      expect(acme.peekEntry(planById(2))).toMatchObject({ value: undefined, stale: true });
      expect(acme.peekEntry(feature)).toMatchObject({
        value: { on: true },
        version: 4,
        origin: 'snapshot',
        stale: true,
      });
      expect(acme.peek(doubled)).toEqual({ text: 'text' });
      expect(acme.peek(password)).toBeUndefined();
      expect(await acme.entry(planById(1))).toMatchObject({ version: 3, stale: true, origin: 'snapshot' });
      expect(acme.peekEntry(feature)?.age).toBeGreaterThan(0);
      await heal(faulty.proxy);
      await eventually(async () => expect(await acme.entry(feature)).toMatchObject({ stale: false, version: 4 }));
      await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ stale: false, origin: 'memory' }));
    },
  );

  it('is written again by a process that never reached Redis, with everything that nobody asked for', async () => {
    await using faulty = await startFaultyWorld();
    await using file = await freshFolder();
    await writtenBy(faulty.world, file.path);
    faulty.proxy.set('refuse');
    const options = { snapshotFile: { path: file.path }, readTimeoutMs: 100 };
    for (let process = 0; process < 3; process++) {
      const client = await faulty.client(options);
      if (process > 0) expect(client.tenant('acme').peek(planById(1))).toMatchObject({ seats: 1 });
      await client.close();
    }
    const client = await faulty.client(options);
    expect(client.tenant('acme').peek(planBySlug('gold'))).toMatchObject({ seats: 1 });
  });

  it('is written while the client lives, when something has changed', async () => {
    await using world = startWorld();
    await using file = await freshFolder();
    const client = await world.client({ snapshotFile: { path: file.path, writeEveryMs: 20 } });
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    await client.tenant('acme').get(planById(1));
    const copy = join(file.folder, 'copy');
    const seats = async () => {
      await copyFile(file.path, copy);
      await using other = await world.client({ snapshotFile: { path: copy } });
      return other.tenant('acme').peek(planById(1))?.seats;
    };
    await eventually(async () => expect(await seats()).toBe(1));
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(async () => expect(await seats()).toBe(2));
    expect((await readdir(file.folder)).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });

  it('that cannot be written is reported, and the client goes on', async () => {
    await using world = startWorld();
    await using file = await freshFolder();
    const troubles: TenantryError[] = [];
    const client = await world.client({
      snapshotFile: { path: join(file.folder, 'missing', 'snapshot') },
      onTrouble: error => troubles.push(error as TenantryError),
    });
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    expect(await client.tenant('acme').get(planById(1))).toMatchObject({ seats: 1 });
    await client.close();
    expect(troubles.map(({ code }) => code)).toContain('SNAPSHOT_NOT_WRITTEN');
  });

  it.each([
    ['is empty', /empty/, () => Buffer.alloc(0)],
    ['is another file', /another file/, () => Buffer.from('{"some":"json"}')],
    ['is of another format', /format 9/, (bytes: Buffer) => withByte(bytes, 11, 9)],
    ['is of another prefix', /prefix "other"/, () => encodeSnapshot('other', Date.now(), new Map())],
    [
      'is from the future',
      /future/,
      (_: Buffer, prefix: string) => encodeSnapshot(prefix, Date.now() + 1e6, new Map()),
    ],
    [
      'is too old',
      /older than 60000 ms/,
      (_: Buffer, prefix: string) => encodeSnapshot(prefix, Date.now() - 120_000, new Map()),
    ],
    ['has a damaged head', /checksum/, (bytes: Buffer) => withByte(bytes, 20, 0xff)],
    ['has a damaged tenant', /checksum/, (bytes: Buffer) => withByte(bytes, bytes.length - 5, 0xff)],
  ] as const)(
    'that %s is reported once with the reason, left where it is, and the start goes on',
    async (_, why, make) => {
      // R9, want 4 (reader)
      await using world = startWorld();
      await using file = await freshFolder();
      await writtenBy(world, file.path);
      const bad = make(await readFile(file.path), world.prefix);
      await writeFile(file.path, bad);
      const troubles: TenantryError[] = [];
      const client = await world.client({
        snapshotFile: { path: file.path, maxAgeMs: 60_000 },
        onTrouble: error => troubles.push(error as TenantryError),
      });
      expect(await client.tenant('acme').get(planById(1))).toMatchObject({ seats: 1 });
      expect(await readFile(file.path)).toEqual(bad);
      const ignored = troubles.filter(({ code }) => code === 'SNAPSHOT_IGNORED');
      expect(ignored).toHaveLength(1);
      expect(ignored[0]?.message).toMatch(why);
      await client.close();
      await using next = await world.client({ snapshotFile: { path: file.path } });
      expect(next.tenant('acme').peek(planById(1))).toMatchObject({ seats: 1 });
    },
  );

  it('whose path is a folder, a pipe or below a file is reported, stays what it is, and the start goes on', async () => {
    await using world = startWorld();
    await using file = await freshFolder();
    const paths = ['folder', 'pipe', 'file/snapshot'].map(name => join(file.path, name));
    await mkdir(join(file.path, 'folder'), { recursive: true });
    await writeFile(join(file.path, 'file'), '');
    // A pipe stands for every device: nobody may put a file in the place of `/dev/null`.
    execFileSync('mkfifo', [join(file.path, 'pipe')]);
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    for (const path of paths) {
      const troubles: TenantryError[] = [];
      const client = await world.client({
        snapshotFile: { path },
        onTrouble: error => troubles.push(error as TenantryError),
      });
      expect(await client.tenant('acme').get(planById(1))).toMatchObject({ seats: 1 });
      await client.close();
      expect(troubles.map(({ code }) => code)).toEqual(['SNAPSHOT_IGNORED', 'SNAPSHOT_NOT_WRITTEN']);
    }
    expect((await lstat(join(file.path, 'pipe'))).isFIFO()).toBe(true);
    expect((await readdir(file.path)).sort()).toEqual(['file', 'folder', 'pipe']);
  });

  it('that is a symbolic link stays one: the file that it leads to is written', async () => {
    await using world = startWorld();
    await using file = await freshFolder();
    await mkdir(file.path);
    const [link, target] = [join(file.path, 'link'), join(file.path, 'target')];
    await symlink(target, link);
    await writtenBy(world, target);
    await writtenBy(world, link);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await lstat(target)).isFile()).toBe(true);
  });
});
