import { WRITER_FAILPOINTS } from '../traffic/failpoints.ts';
import type { Fault } from './fault.ts';

/** At a moment between two of its effects, or at any. */
export const killWriter: Fault = {
  name: 'kill-writer',
  about: 'a writer dies (-9) between two of its steps',
  async strike(world) {
    const { random } = world;
    const writer = random.pick(world.of('writer'));
    const at = random.pick([...WRITER_FAILPOINTS, undefined]);
    const nth = random.int(1, 8);
    const { name } = writer;
    world.note(`${name} dies ${at ?? 'somewhere'} ${nth}`);
    if (at) {
      const died = writer.ended();
      writer.send({ kind: 'arm', failpoint: { at, nth } });
      // Where nothing comes by any more, it dies all the same.
      await Promise.race([died, world.let(4_000)]);
    } else await world.let(random.int(0, 500));
    await writer.kill();
    await writer.start();
    writer.work();
  },
};
