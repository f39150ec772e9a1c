import { eventually } from '@tenantry/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noCluster, startCluster, type TestCluster } from '../../../../packages/redis/src/cluster.fixture.ts';
import { openWholePath, type WholePath } from './whole-path.fixture.ts';

describe.skipIf(noCluster)(noCluster ? `on a Cluster (skipped: ${noCluster})` : 'on a Cluster', () => {
  let cluster: TestCluster;
  let path: WholePath;
  let prefixes = 0;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: true });
  }, 120_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    // A database of its own counts from 1 again, so it needs names of its own.
    path = await openWholePath({ connect: () => cluster.connect(), prefix: `test-${++prefixes}` });
  });
  afterEach(() => path?.[Symbol.asyncDispose]());

  const slotOf = async (tenant: string): Promise<number> => {
    const [slot] = await cluster.onEach(node => node.cluster('KEYSLOT', `{${tenant}}`));
    return Number(slot);
  };

  // G1, G4, G6
  it('slots move while everybody writes: every tenant ends at the last state, by push', {
    timeout: 180_000,
  }, async () => {
    await path.write('0');
    await path.arrived('0');
    let moving = true;
    let last = 0;
    const writing = (async () => {
      while (moving) await path.write(String(++last));
    })();
    for (const tenant of path.tenants.slice(0, 6)) {
      const { feed, keyPrefix } = path.replication.replica.names.of(tenant);
      await cluster.moveSlot(await slotOf(tenant), {
        goesFirst: key => key === feed || key.startsWith(keyPrefix),
        run: async () => void (await eventually(() => last % 5 === 0)),
      });
    }
    moving = false;
    await writing;
    await path.arrived(String(last));
    await path.write('quiet');
    await path.arrived('quiet');
    await eventually(async () => expect((await path.replication.backlog()).waiting).toBe(0));
    expect(path.client.stats().resyncs).toBe(0);
  });

  // R11, G1, G6, G7, L54
  it('a master dies and its replica takes over: stale, then right, the queue included', {
    timeout: 180_000,
  }, async () => {
    await path.write('before');
    await path.arrived('before');
    await eventually(() => path.states.at(-1) === 'ready');
    await cluster.nodes[0]?.kill();
    await eventually(() => path.states.at(-1) === 'stale');
    await path.write('meanwhile');
    await path.arrived('meanwhile');
    await eventually(() => path.states.at(-1) === 'ready');
    await path.write('after');
    await path.arrived('after');
    await eventually(async () => expect((await path.replication.backlog()).waiting).toBe(0));
  });
});
