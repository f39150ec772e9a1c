import { WORKER_FAILPOINTS } from '../traffic/failpoints.ts';
import type { Fault } from './fault.ts';

/** While the writers' way to Redis is cut, so that the workers have something to do. */
export const killWorker: Fault = {
  name: 'kill-worker',
  about: 'a worker dies (-9) between two of its steps, while everything is left to the workers',
  async strike(world) {
    const { random } = world;
    const worker = random.pick(world.of('worker'));
    const at = random.pick([...WORKER_FAILPOINTS, undefined]);
    const nth = random.int(1, 4);
    world.note(`${worker.name} dies ${at ?? 'somewhere'} ${nth}`);
    for (const writer of world.of('writer')) writer.redisProxy?.set('refuse');
    try {
      if (at) {
        const died = worker.ended();
        worker.send({ kind: 'arm', failpoint: { at, nth } });
        await Promise.race([died, world.let(4_000)]);
      } else await world.let(random.int(300, 1_200));
      await worker.kill();
      await worker.start();
    } finally {
      for (const writer of world.of('writer')) writer.redisProxy?.set('pass');
    }
  },
};
