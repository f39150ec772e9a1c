import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { acme, back, expectSettled, history, hits, pass, shown, system, useFlushes } from './flush.fixture.ts';

useFlushes();

/** Keeps the config's state in Redis; the returned function brings it back. */
async function takeSnapshot(): Promise<() => Promise<void>> {
  const { dirty, records, keyPrefix } = system.replication.replica.names.of('acme');
  const keys = [dirty, records, keyPrefix + hits.address];
  const dumps = await Promise.all(keys.map(key => system.redis.dumpBuffer(key)));
  return async () => {
    for (const [i, key] of keys.entries()) {
      const dump = dumps[i];
      await (dump ? system.redis.restore(key, 0, dump, 'REPLACE') : system.redis.del(key));
    }
  };
}

describe('a Redis that was restored from an older snapshot', () => {
  it('does not bring back what later write-backs have replaced', async () => {
    await acme().set(hits, 1);
    const goBack = await takeSnapshot();
    await acme().set(hits, 2);
    await back.flush();
    await goBack();
    expect(await shown()).toBe(1);
    await back.flush();
    await eventually(async () => (await shown()) === 2);
    await expectSettled(2, 2);
  });

  it('gets the later values back if it remembers an earlier, flushed write-back as dirty', async () => {
    await acme().set(hits, 1);
    const goBack = await takeSnapshot();
    await back.flush();
    await acme().set(hits, 2);
    await back.flush();
    await goBack();
    expect(await shown()).toBe(1);
    await back.flush();
    await eventually(async () => (await shown()) === 2);
    await expectSettled(2, 2);
  });
});

describe('a Redis that came back without the last write-back', () => {
  it('loses no write-back that it acknowledges from then on', async () => {
    await acme().set(hits, 1);
    await back.flush();
    const goBack = await takeSnapshot();
    await acme().set(hits, 2);
    await back.flush();
    await goBack();
    // Only the time of the write tells it from one that the old state remembers.
    pass(1);
    expect(await acme().set(hits, 3)).toMatchObject({ persisted: false });
    await back.flush();
    expect((await acme().get(hits))?.value).toBe(3);
    expect(await shown()).toBe(3);
    expect((await history()).map(([, value]) => value)).toContain('3');
  });
});
