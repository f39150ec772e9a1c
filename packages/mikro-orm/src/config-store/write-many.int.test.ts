import { describe, expect, it } from 'vitest';
import { banner, counter, limit, theme } from '../configs.fixture.ts';
import { codeOf, fresh, system, useStore } from './store.fixture.ts';

useStore({ configs: [banner, counter, limit, theme] });

describe('many at once', () => {
  // C1 C3 C4 C5 A9
  it('are written and read together', async () => {
    const { configs } = fresh();
    const results = await configs.setMany([
      [theme, { color: 'red' }],
      [limit, 7],
    ]);
    expect(results.map(({ version }) => version)).toEqual([1, 1]);
    expect([...(await configs.getMany([theme, limit, banner])).keys()].sort()).toEqual([limit.name, theme.name]);
    expect(await configs.getMany([])).toEqual(new Map());
    expect(await configs.setMany([])).toEqual([]);
    await configs.setMany([[theme, { color: 'green' }]]);
    expect((await configs.get(theme))?.version).toBe(2);
    expect(await configs.unsetMany([theme, limit, banner])).toBe(2);
    expect(await configs.getMany([theme, limit])).toEqual(new Map());
  });

  // C10
  it('are all or nothing, and one message', async () => {
    const { id, configs } = fresh();
    expect(
      await codeOf(
        configs.setMany([
          [theme, { color: 'red' }],
          [limit, -1],
        ]),
      ),
    ).toBe('INVALID_VALUE');
    expect(await system.feed(id)).toEqual([]);
    expect(await configs.getMany([theme, limit])).toEqual(new Map());
    await configs.setMany([
      [theme, { color: 'red' }],
      [limit, 1],
    ]);
    const feed = await system.feed(id);
    expect(feed).toHaveLength(1);
    expect(feed[0]?.changes).toHaveLength(2);
  });

  // C2
  it('may fail one by one with `atomic: false`', async () => {
    const { configs } = fresh();
    const results = await configs.setMany(
      [
        [theme, { color: 'red' }],
        [limit, -1],
        [banner, { text: 'hi' }],
      ],
      { atomic: false },
    );
    expect(results.map(each => [each.name, each.ok])).toEqual([
      [theme.name, true],
      [limit.name, false],
      [banner.name, true],
    ]);
    expect(results[1]).toMatchObject({ error: { code: 'INVALID_VALUE' } });
    expect([...(await configs.getMany([theme, limit, banner])).keys()]).toHaveLength(2);
  });

  it('cannot hold one config twice, or go to the database and to Redis at once', async () => {
    const { configs } = fresh();
    expect(
      await codeOf(
        configs.setMany([
          [limit, 1],
          [limit, 2],
        ]),
      ),
    ).toBe('INVALID_OPTION');
    expect(
      await codeOf(
        configs.setMany([
          [limit, 1],
          [counter, { n: 1 }],
        ]),
      ),
    ).toBe('NOT_ATOMIC');
    expect(await codeOf(configs.setMany('no' as never))).toBe('INVALID_OPTION');
  });

  // C10
  it('may each have a condition, and be set or taken away: all or nothing, one message', async () => {
    const { id, configs } = fresh();
    const changed = await configs.writeMany([
      { definition: theme, value: { color: 'red' }, ifVersion: 0 },
      { definition: limit, value: 1, ifVersion: 0 },
    ]);
    expect(changed.map(({ version, published }) => [version, published])).toEqual([
      [1, 'now'],
      [1, 'now'],
    ]);
    const late = configs.writeMany([
      { definition: theme, value: undefined, ifVersion: 1 },
      { definition: limit, value: 2, ifVersion: 0 },
    ]);
    await expect(late).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { config: limit.name, currentVersion: 1 },
    });
    expect(await codeOf(configs.writeMany([{ definition: banner, value: undefined }]))).toBe('NOT_FOUND');
    const twice = { definition: theme, value: { color: 'red' } };
    expect(await codeOf(configs.writeMany([twice, twice]))).toBe('INVALID_OPTION');
    expect(await system.feed(id)).toHaveLength(1);
    await configs.writeMany([
      { definition: theme, value: undefined, ifVersion: 1 },
      { definition: limit, value: 2 },
    ]);
    expect(await configs.get(theme)).toBeUndefined();
    expect((await configs.get(limit))?.value).toBe(2);
    expect(await configs.writeMany([])).toEqual([]);
  });
});
