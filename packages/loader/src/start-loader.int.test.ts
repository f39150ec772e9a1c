import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@tenantry/testing';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { folderWith, put } from './folder/folder.fixture.ts';
import { actionsOf, freshName, limits, mode, started, store, storedIn, system, useSystem } from './loader.fixture.ts';
import type { LoaderStatus } from './loader-status.ts';
import { startLoader } from './start-loader.ts';

useSystem();

const many = (id: string, count: number, max: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`tenants/${id}-${i}/limits.yaml`, `max: ${max}`]));

describe('a loader', () => {
  // L2
  it('imports once more what changes while it imports, and never twice at once', async () => {
    const id = freshName();
    const dir = await folderWith(many(id, 20, 1));
    const states: LoaderStatus['state'][] = [];
    const loader = started(dir, { settleMs: 1, transactions: 1 });
    const changed = Promise.withResolvers<void>();
    loader.status$.subscribe(({ state }) => {
      states.push(state);
      if (state === 'importing' && states.filter(each => each === state).length === 1)
        put(dir, many(id, 20, 2)).then(changed.resolve, changed.reject);
    });
    await changed.promise;
    // Each of the imports has the time that tells a hang, and each scope.
    for (const imports of [1, 2]) await eventually(() => expect(loader.status.imports).toBeGreaterThanOrEqual(imports));
    for (const i of [0, 10, 19])
      await eventually(async () =>
        expect(await storedIn(`tenants/${id}-${i}`)).toMatchObject({ limits: [expect.anything(), { max: 2 }] }),
      );
    // Between two beginnings there is an end.
    expect(states.join(' ')).not.toMatch(/importing importing/);
  });

  // L3
  it('that is closed while it imports ends what it began, and leaves no timer', async () => {
    const id = freshName();
    const dir = await folderWith(many(id, 200, 1));
    const loader = startLoader({ orm: system.orm as never, dir, name: freshName(), settleMs: 0, transactions: 2 });
    await firstValueFrom(loader.status$.pipe(filter(({ state }) => state === 'importing')));
    const asked = loader.importNow();
    await Promise.all([loader.close(), expect(asked).rejects.toMatchObject({ code: 'CLOSED' })]);
    await loader.close();
    expect(loader.status.state).toBe('closed');
    const written = await Promise.all(Array.from({ length: 200 }, (_, i) => storedIn(`tenants/${id}-${i}`)));
    const before = written.filter(({ limits: set }) => set !== undefined).length;
    await put(dir, many(id, 200, 2));
    // What comes after it is not imported either: another loader has imported a later change, and this one nothing.
    const other = started(await folderWith({ [`tenants/${id}-after/limits.yaml`]: 'max: 1' }));
    await eventually(() => expect(other.status.imports).toBe(1));
    const after = await Promise.all(Array.from({ length: 200 }, (_, i) => storedIn(`tenants/${id}-${i}`)));
    expect(after.filter(({ limits: set }) => set !== undefined).length).toBe(before);
    expect(JSON.stringify(after)).not.toContain('"max":2');
    await expect(loader.importNow()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('that is closed before the files have settled imports nothing', async () => {
    const id = freshName();
    const dir = await folderWith(many(id, 1, 1));
    const loader = startLoader({ orm: system.orm as never, dir, name: freshName(), settleMs: 3_600_000 });
    await loader.close();
    expect(await storedIn(`tenants/${id}-0`)).toEqual({});
  });

  // L11
  it('runs at most so many transactions at once', async () => {
    const id = freshName();
    const dir = await folderWith(many(id, 60, 1));
    let [open, most] = [0, 0];
    // Each transaction of a loader is made within one call of it.
    const watched = store as { runAs: typeof store.runAs };
    const { runAs } = watched;
    watched.runAs = ((identity, work) => {
      most = Math.max(most, ++open);
      return (runAs(identity, work) as Promise<unknown>).finally(() => open--);
    }) as typeof runAs;
    try {
      const loader = started(dir, { transactions: 3 });
      await eventually(() => expect(loader.status.report?.transactions).toBe(60));
    } finally {
      watched.runAs = runAs;
    }
    expect(most).toBe(3);
  });

  it('imports the scopes alone whose files changed, and compares the others from time to time', async () => {
    const id = freshName();
    const dir = await folderWith(many(id, 3, 1));
    const loader = started(dir, { policy: 'overwrite', compareMs: 500 });
    await eventually(() => expect(loader.status.imports).toBe(1));
    await store.tenant(`${id}-1`).set(limits, { max: 9 }, { actor: 'ann' });
    await eventually(async () => expect(await storedIn(`tenants/${id}-1`)).toEqual({ limits: [3, { max: 1 }] }));
    expect(await storedIn(`tenants/${id}-0`)).toEqual({ limits: [1, { max: 1 }] });
  });

  it('compares the others from time to time also while files never cease to change', async () => {
    const id = freshName();
    const dir = await folderWith(many(id, 2, 1));
    const loader = started(dir, { policy: 'overwrite', compareMs: 1_000, settleMs: 0 });
    await eventually(() => expect(loader.status.imports).toBe(1));
    await store.tenant(`${id}-1`).set(limits, { max: 9 }, { actor: 'ann' });
    const end = new AbortController();
    const changing = (async () => {
      for (let max = 2; !end.signal.aborted; max++) {
        const { imports } = loader.status;
        await put(dir, { [`tenants/${id}-0/limits.yaml`]: `max: ${max}` });
        await eventually(() => expect(loader.status.imports).toBeGreaterThan(imports));
      }
    })();
    try {
      await eventually(async () => expect(await storedIn(`tenants/${id}-1`)).toEqual({ limits: [3, { max: 1 }] }));
    } finally {
      end.abort();
      await changing;
    }
  });

  // L6
  it('takes away what the files do not say any more, and nothing while the folder is empty', async () => {
    const id = freshName();
    const dir = await folderWith(many(id, 3, 1));
    const loader = started(dir, { prune: true });
    await eventually(() => expect(loader.status.imports).toBe(1));
    // At once: of a folder that is deleted file by file a look may see a part, and a part may be taken away.
    await rename(join(dir, 'tenants'), join(dir, '.tenants'));
    await eventually(() => expect(loader.status.report?.prune).toEqual({ orphans: 3, refusal: 'the folder is empty' }));
    await put(dir, Object.fromEntries(Object.entries(many(id, 3, 1)).slice(1)));
    await eventually(() => expect(loader.status.report?.counts).toMatchObject({ same: 2, prune: 1 }));
    expect(await storedIn(`tenants/${id}-0`)).toEqual({ limits: [2, undefined] });
  });

  it('imports when asked, what others have set since as well', async () => {
    const id = freshName();
    const dir = await folderWith(many(id, 1, 1));
    const loader = started(dir);
    expect(actionsOf(await loader.importNow())).toEqual({ [`tenants/${id}-0 limits`]: 'create' });
    await store.tenant(`${id}-0`).set(limits, { max: 9 });
    expect(actionsOf(await loader.importNow())).toEqual({ [`tenants/${id}-0 limits`]: 'drift' });
  });

  it('tells what went wrong, once, without values', async () => {
    const id = freshName();
    const dir = await folderWith({
      [`tenants/${id}/limits.yaml`]: 'max: hunter2',
      [`tenants/${id}/ui%2Fmode.yaml`]: 'a',
    });
    const lines: string[] = [];
    const logger = { warn: (text: string) => lines.push(text), error: (text: string) => lines.push(text) };
    const loader = started(dir, { logger });
    await loader.importNow();
    await loader.importNow();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`tenants/${id}/limits.yaml:1:1: "limits": max: `);
    expect(lines[0]).not.toContain('hunter2');
    expect(await storedIn(`tenants/${id}`)).toEqual({ [mode.name]: [1, 'a'] });
  });
});

it.each([
  [{ dir: '' }, 'dir'],
  [{ name: 'a b' }, 'name'],
  [{ policy: 'all' }, 'policy'],
  [{ maxPrune: '11 %' }, 'maxPrune'],
  [{ maxPrune: -1 }, 'maxPrune'],
  [{ settleMs: -1 }, 'settleMs'],
  [{ scanMs: 1 }, 'scanMs'],
  [{ transactions: 0 }, 'transactions'],
  [{ secrets: { env: 'X' } }, 'secrets'],
  [{ other: 1 }, 'other'],
])('the options %j are refused', (options, named) => {
  const start = () => startLoader({ orm: system.orm, dir: 'x', ...options } as never);
  expect(start).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(named) }));
});
