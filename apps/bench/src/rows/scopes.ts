import { createReplica } from '@tenantry/redis';
import { createClient } from '@tenantry/sdk';
import { eventually, spawnNode } from '@tenantry/testing';
import { Redis } from 'ioredis';
import {
  type Checkout,
  GLOBAL,
  GROUP,
  inheritedCheckout,
  ownCheckout,
  setConfig,
  setGroups,
} from '../app/inherited-config.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';

const TENANTS = 10_000;

/** What it costs that a value is made of several scopes: to read it, to explain it, and to change one of them. */
export async function benchScopes(context: BenchContext): Promise<Figure[]> {
  const figures = await readsOf(context);
  for (const followed of [100, 1_000]) figures.push(...(await changesFor(context, context.size(followed))));
  return figures;
}

async function readsOf({ redis, prefix, rounds, size }: BenchContext): Promise<Figure[]> {
  const replica = createReplica({ redis, prefix });
  const values = [{ limits: { most: 5 } }, { limits: { least: 1 } }, { newFlow: true, limits: {} }] as const;
  const whole = { newFlow: true, limits: { most: 5, least: 1 } };
  await replica.apply('acme', [setGroups('enterprise'), setConfig(inheritedCheckout, 1, values[0])]);
  await replica.apply(GROUP, [setConfig(inheritedCheckout, 1, values[1])]);
  await replica.apply(GLOBAL, [setConfig(inheritedCheckout, 1, values[2])]);
  await replica.apply('acme', [setConfig(ownCheckout, 1, whole)]);
  await using client = await createClient({ redis, prefix, readTimeoutMs: 30_000 });
  const acme = client.tenant('acme');
  await acme.getMany([ownCheckout, inheritedCheckout]);
  const each = (times: number, read: () => Checkout | undefined) => () => {
    const before = process.cpuUsage();
    let last: Checkout | undefined;
    for (let i = 0; i < times; i++) last = read();
    const { user, system } = process.cpuUsage(before);
    if (last?.newFlow !== true || last.limits.most !== 5 || last.limits.least !== 1)
      throw new Error(`It is ${JSON.stringify(last)}`);
    return (user + system) / 1_000 / times;
  };
  const [peeks, explanations] = [size(2_000_000), size(50_000)];
  const costs = await inTurns(rounds(15), {
    peekOne: each(peeks, () => acme.peek(ownCheckout)),
    peekThree: each(peeks, () => acme.peek(inheritedCheckout)),
    explainOne: each(explanations, () => acme.explain(ownCheckout)?.value),
    explainThree: each(explanations, () => acme.explain(inheritedCheckout)?.value),
  });
  return [
    figure(
      {
        what: 'peek, of a tenant, its group and all tenants: processor time',
        unit: 'ns',
        budget: '≤ 3× one scope, ≤ 1 µs',
      },
      costs.peekThree,
      { 'one scope': costs.peekOne },
    ),
    figure(
      { what: 'explain, of a tenant, its group and all tenants: processor time', unit: 'µs', budget: '≤ 20 µs' },
      costs.explainThree,
      { 'one scope': costs.explainOne },
    ),
  ];
}

/** A config of all tenants changes, for a reader that follows some of them. */
async function changesFor(context: BenchContext, followed: number): Promise<Figure[]> {
  const { redis, redisUrl, rounds, size } = context;
  const prefix = `${context.prefix}:${followed}`;
  const replica = createReplica({ redis, prefix });
  const tenants = size(TENANTS);
  for (let i = 0; i < tenants; i++)
    await replica.apply(`tenant-${i}`, [setConfig(ownCheckout, 1, { newFlow: true, limits: { most: 0 } })]);
  await replica.apply(GLOBAL, [setConfig(inheritedCheckout, 2, { newFlow: true, limits: { most: 0 } })]);
  await using client = await createClient({
    redis,
    prefix,
    maxTenants: 2 * followed,
    heartbeatMs: 60_000,
    readTimeoutMs: 30_000,
  });
  const seen = new Map<number, number>();
  for (let i = 0; i < followed; i++)
    for (const config of [inheritedCheckout, ownCheckout])
      client
        .tenant(`tenant-${i}`)
        .watch(config)
        .subscribe(value => {
          const most = value?.limits.most ?? 0;
          seen.set(most, (seen.get(most) ?? 0) + 1);
        });
  const arrived = (most: number, count: number) =>
    eventually(() => {
      if ((seen.get(most) ?? 0) < count) throw new Error(`${seen.get(most) ?? 0} of ${count} are known`);
    });
  await arrived(0, 2 * followed);
  let messages = 0;
  const subscriber = new Redis(redisUrl);
  await subscriber.psubscribe(`${prefix}*`);
  subscriber.on('pmessage', () => messages++);
  await using writer = spawnNode(new URL('../processes/scope-writer.ts', import.meta.url), [redisUrl, prefix]);
  await new Promise<void>(resolve => writer.onMessage(() => resolve()));

  let version = 2;
  const changed = (ownTenants: number) => async () => {
    version++;
    const before = process.cpuUsage();
    writer.send([version, ownTenants]);
    await arrived(version, followed);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000 / followed;
  };
  const counts: number[] = [];
  const costs = await inTurns(rounds(15), {
    async global() {
      const before = messages;
      const cost = await changed(0)();
      counts.push(messages - before);
      return cost;
    },
    own: changed(followed),
  });
  subscriber.disconnect();
  const [many, some] = [tenants.toLocaleString('en'), followed.toLocaleString('en')];
  return [
    figure(
      {
        what: `a config of all ${many} tenants changes: messages in all feeds, ${some} of them followed`,
        unit: 'messages',
        budget: 'exactly 1',
      },
      counts,
    ),
    figure(
      {
        what: `a config of all ${many} tenants changes: processor time of a reader for each of ${some} tenants that it follows`,
        unit: 'µs',
      },
      costs.global,
      { 'each of these tenants changes a config of its own': costs.own },
    ),
  ];
}
