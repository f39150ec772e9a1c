import { createRedisNames } from '@tenantry/protocol/wire';
import { TENANTS } from '../traffic/addresses.ts';
import type { Fault } from './fault.ts';

/** Key by key, as `redis-cli --cluster reshard` does it, while they are written and read. */
export const clusterSlotMoves: Fault = {
  name: 'cluster-slot-moves',
  about: "a tenant's slot moves to another master, key by key",
  topology: 'cluster',
  async strike(world) {
    const masters = await world.redis.masters();
    const { epoch } = createRedisNames(world.prefix).of(world.random.pick(TENANTS));
    const slot = Number(await masters[0]?.call('CLUSTER', 'KEYSLOT', epoch));
    const ids = new Map<(typeof masters)[0], string>();
    for (const redis of masters) ids.set(redis, String(await redis.call('CLUSTER', 'MYID')));
    const slots = (await masters[0]?.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
    const ownerId = slots.find(([from, to]) => from <= slot && slot <= to)?.[2][2];
    const from = masters.find(redis => ids.get(redis) === String(ownerId));
    const to = world.random.pick(masters.filter(redis => redis !== from));
    if (!from) throw new Error(`Nobody has slot ${slot}`);
    world.note(`slot ${slot} of ${epoch} moves`);
    await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids.get(from) as string);
    await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids.get(to) as string);
    for (;;) {
      const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, 5)) as string[];
      if (keys.length === 0) break;
      const { host, port } = to.options;
      await from.call('MIGRATE', host as string, port as number, '', 0, 5_000, 'KEYS', ...keys);
      await world.let(30);
    }
    for (const redis of [to, from, ...masters.filter(each => each !== to && each !== from)])
      await redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids.get(to) as string);
    for (const redis of masters) redis.disconnect();
    await world.let(500);
  },
};
