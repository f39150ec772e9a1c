import { WRITER_FAILPOINTS } from '../traffic/failpoints.ts';
import type { Fault } from './fault.ts';

/** At a moment between two of its effects, or at any; now and then while it waits for a server. */
export const killLoader: Fault = {
  name: 'kill-loader',
  about: 'the loader dies (-9) between two of its steps or while a server stalls, and its files go on changing',
  async strike(world) {
    const { random } = world;
    const [loader] = world.of('loader');
    if (!loader) return;
    const at = random.pick([...WRITER_FAILPOINTS, undefined]);
    const nth = random.int(1, 6);
    const stalls = random.pick([undefined, loader.databaseProxy, loader.redisProxy]);
    world.note(`${loader.name} dies ${at ?? 'somewhere'} ${nth}`);
    if (at) {
      const died = loader.ended();
      loader.send({ kind: 'arm', failpoint: { at, nth } });
      // Where nothing comes by any more, it dies all the same.
      await Promise.race([died, world.let(4_000)]);
    } else {
      await world.let(random.int(0, 500));
      stalls?.set('stall');
      await world.let(random.int(0, 800));
    }
    await loader.kill();
    stalls?.set('pass');
    await world.let(random.int(0, 600));
    await loader.start();
  },
};
