import { eventually } from '@tenantry/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Pool, PoolLab } from './pool-lab.fixture.ts';
import { checkResourceOptions } from './resource-options.ts';

let lab: PoolLab;
beforeEach(() => {
  lab = new PoolLab();
});

const urlOf = (pool: never) => (pool as Pool).url;
const never = () => new Promise<never>(() => undefined);
const codes = (error: { code: string }) => error.code;

// want 8 (reader); `@InjectLive` is in packages/nestjs
describe('a resource', () => {
  it('is opened with the first value, and anew with each that differs; the one before is closed', async () => {
    const resource = lab.use();
    const first = resource.use(urlOf);
    lab.value$.next('a');
    expect(await first).toBe('a');
    lab.value$.next('a');
    lab.value$.next('b');
    await eventually(async () => expect(await resource.use(urlOf)).toBe('b'));
    expect(lab.pools.map(({ url }) => url)).toEqual(['a', 'b']);
    await eventually(() => expect(lab.open).toEqual(['b']));
    expect(resource).toMatchObject({ opened: 2, error: undefined });
  });

  it('is one and the same for a call from begin to end, and is closed after its last lease', async () => {
    const resource = lab.use();
    lab.value$.next('a');
    const gates = [0, 1].map(() => Promise.withResolvers<void>());
    const calls = gates.map(({ promise }) =>
      resource.use(async pool => {
        await promise;
        return (pool as Pool).isOpen && urlOf(pool);
      }),
    );
    await eventually(() => expect(resource.opened).toBe(1));
    lab.value$.next('b');
    await eventually(async () => expect(await resource.use(urlOf)).toBe('b'));
    expect(lab.open).toEqual(['a', 'b']);
    gates[0]?.resolve();
    expect(await calls[0]).toBe('a');
    expect(lab.open).toEqual(['a', 'b']);
    gates[1]?.resolve();
    expect(await calls[1]).toBe('a');
    await eventually(() => expect(lab.open).toEqual(['b']));
  });

  // L12
  it('is never handed out again while it is closed, also where its value comes back meanwhile', async () => {
    const closing = Promise.withResolvers<void>();
    const closed: Pool[] = [];
    const resource = lab.use({
      close: async pool => {
        closed.push(pool);
        await closing.promise;
        pool.isOpen = false;
      },
    });
    for (const url of ['a', 'b', 'a']) {
      const before = resource.opened;
      lab.value$.next(url);
      await eventually(() => expect(resource.opened).toBe(before + 1));
      const used = await Promise.all([1, 2, 3].map(() => resource.use(pool => pool as Pool)));
      expect(new Set(used)).toEqual(new Set([lab.pools.at(-1)]));
      expect(closed).not.toContain(used[0]);
    }
    expect(closed).toEqual(lab.pools.slice(0, 2));
    expect(lab.pools.map(({ url }) => url)).toEqual(['a', 'b', 'a']);
    closing.resolve();
    await eventually(() => expect(lab.pools.map(({ isOpen }) => isOpen)).toEqual([false, false, true]));
  });

  it('hands the error of a call to its caller, and ends the lease', async () => {
    const resource = lab.use();
    lab.value$.next('a');
    await expect(resource.use(() => Promise.reject(new RangeError('mine')))).rejects.toThrow('mine');
    await expect(
      resource.use(() => {
        throw new RangeError('at once');
      }),
    ).rejects.toThrow('at once');
    lab.value$.next('b');
    await eventually(() => expect(lab.open).toEqual(['b']));
    expect(lab.troubles).toEqual([]);
  });

  it.each([
    ['`open` throws', { open: (url: string) => (url === 'b' ? fail() : lab.openPool(url)) }, 'HANDLER_FAILED'],
    ['`open` rejects', { open: async (url: string) => (url === 'b' ? fail() : lab.openPool(url)) }, 'HANDLER_FAILED'],
    [
      '`open` never answers',
      { open: (url: string) => (url === 'b' ? never() : lab.openPool(url)), openTimeoutMs: 20 },
      'TIMEOUT',
    ],
    ['`check` throws', { check: ({ url }: Pool) => url === 'b' && fail() }, 'HANDLER_FAILED'],
    ['`check` rejects', { check: async ({ url }: Pool) => url === 'b' && fail() }, 'HANDLER_FAILED'],
    ['`check` never answers', { check: ({ url }: Pool) => url === 'b' && never(), openTimeoutMs: 20 }, 'TIMEOUT'],
  ])('stays the one before where %s, says so, and takes the next value', async (_, options, code) => {
    const resource = lab.use(options as never);
    lab.value$.next('a');
    await eventually(() => expect(resource.opened).toBe(1));
    lab.value$.next('b');
    await eventually(() => expect(resource.error).toMatchObject({ code }));
    expect(await resource.use(urlOf)).toBe('a');
    expect(lab.troubles).toMatchObject([{ code }]);
    expect(String(lab.troubles)).not.toContain('secret');
    // What was opened and not taken into use is closed again.
    await eventually(() => expect(lab.open).toEqual(['a']));
    lab.value$.next('c');
    await eventually(async () => expect(await resource.use(urlOf)).toBe('c'));
    expect(resource.error).toBeUndefined();
  });

  it('is tried again by itself after a failure', async () => {
    let failures = 0;
    const resource = lab.use({ open: (url: string) => (failures++ === 0 ? fail() : lab.openPool(url)) });
    lab.value$.next('a');
    await eventually(() => expect(resource.error).toMatchObject({ code: 'HANDLER_FAILED' }));
    await expect(resource.use(urlOf)).rejects.toMatchObject({ code: 'HANDLER_FAILED' });
    await eventually(async () => expect(await resource.use(urlOf)).toBe('a'));
  });

  it('is closed where it was opened too late to be used', async () => {
    const opening = Promise.withResolvers<Pool>();
    const resource = lab.use({ open: () => opening.promise, openTimeoutMs: 20 });
    lab.value$.next('a');
    await expect(resource.use(urlOf)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await resource.close();
    opening.resolve(lab.openPool('late'));
    await eventually(() => expect(lab.open).toEqual([]));
  });

  it('is the newest where values come faster than resources open', async () => {
    const opening: string[] = [];
    const resource = lab.use({
      open: async url => {
        opening.push(url);
        await new Promise(resolve => setImmediate(resolve));
        return lab.openPool(url);
      },
    });
    for (const url of ['a', 'b', 'c', 'd']) lab.value$.next(url);
    await eventually(async () => expect(await resource.use(urlOf)).toBe('d'));
    expect(opening).toEqual(['a', 'd']);
    await eventually(() => expect(lab.open).toEqual(['d']));
  });

  it('stays where its value is gone, and is missed where there never was one', async () => {
    const resource = lab.use({ openTimeoutMs: 20 });
    lab.value$.next(undefined);
    await expect(resource.use(urlOf)).rejects.toMatchObject({ code: 'NOT_READY' });
    lab.value$.next('a');
    await eventually(async () => expect(await resource.use(urlOf)).toBe('a'));
    lab.value$.next(undefined);
    expect(await resource.use(urlOf)).toBe('a');
  });
});

describe('the end of a resource', () => {
  it('closes it after its last lease, gives no other, and can come twice', async () => {
    const resource = lab.use();
    lab.value$.next('a');
    await eventually(() => expect(resource.opened).toBe(1));
    const gate = Promise.withResolvers<void>();
    const call = resource.use(async () => gate.promise);
    const closing = Promise.all([resource.close(), resource.close()]);
    expect(await resource.use(urlOf).catch(codes)).toBe('CLOSED');
    expect(lab.open).toEqual(['a']);
    gate.resolve();
    await Promise.all([call, closing]);
    expect(lab.open).toEqual([]);
    expect(lab.resources.size).toBe(0);
    expect(lab.value$.observed).toBe(false);
  });

  it('does not wait for ever: neither for a lease, nor for a `close`, nor for an `open`', async () => {
    const leased = lab.use({ closeTimeoutMs: 20 });
    const stuck = lab.use({ closeTimeoutMs: 20, close: never });
    const opening = lab.use({ closeTimeoutMs: 20, open: never });
    lab.value$.next('a');
    await eventually(() => expect([leased.opened, stuck.opened]).toEqual([1, 1]));
    const call = leased.use(never);
    call.catch(() => undefined);
    lab.closed$.next();
    await Promise.all([...lab.resources].map(each => each[Symbol.asyncDispose]()));
    expect(lab.pools.map(({ isOpen }) => isOpen)).toContain(false);
    expect(lab.resources.size).toBe(0);
    expect(await opening.use(urlOf).catch(codes)).toBe('CLOSED');
    expect(lab.troubles).toMatchObject([{ code: 'TIMEOUT' }]);
  });

  it('does not wait for a `check`, and closes what was to be checked', async () => {
    const resource = lab.use({ check: never, openTimeoutMs: 600_000, closeTimeoutMs: 600_000 });
    lab.value$.next('a');
    await eventually(() => expect(lab.open).toEqual(['a']));
    await resource.close();
    expect([lab.open, lab.troubles]).toEqual([[], []]);
  });

  it('reports a `close` that throws, and goes on', async () => {
    const resource = lab.use({ close: () => fail() });
    lab.value$.next('a');
    await eventually(() => expect(resource.opened).toBe(1));
    lab.value$.next('b');
    await eventually(() => expect(resource.opened).toBe(2));
    await resource.close();
    expect(lab.troubles).toMatchObject([{ code: 'HANDLER_FAILED' }, { code: 'HANDLER_FAILED' }]);
  });

  it('comes at once for a client that is closed', async () => {
    lab.closed$.next();
    const resource = lab.use();
    expect(await resource.use(urlOf).catch(codes)).toBe('CLOSED');
    expect(lab.value$.observed).toBe(false);
  });
});

it('refuses work that is no function, and says of a first resource that cannot be opened that there is none', async () => {
  const resource = lab.use({ open: fail });
  await expect(resource.use(5 as never)).rejects.toThrow('`work` must be a function, got 5 (number)');
  lab.value$.next('a');
  await expect(resource.use(urlOf)).rejects.toThrow('there is none yet, and it is tried again');
});
it.each([
  [{}, '`open` must be a function, got undefined'],
  [{ open: 'pg' }, '`open` must be a function, got "pg" (string)'],
  [{ open: never, check: 5 }, '`check` must be a function, got 5 (number)'],
  [{ open: never, openTimeoutMs: 0 }, '`openTimeoutMs` must be a whole number from 1 to 2147483647, got 0'],
  [{ open: never, dispose: never }, 'useResource has no option "dispose"'],
])('refuses options that cannot be: %o', (options, message) => {
  expect(() => checkResourceOptions(options as never)).toThrow(message);
});

function fail(): never {
  throw new RangeError('a secret');
}
