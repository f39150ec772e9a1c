import type { Fault } from './fault.ts';

export const slowReaders: Fault = {
  name: 'slow-readers',
  about: 'readers hardly get to run, or stand still for seconds',
  async strike(world) {
    const [one, two] = world.of('reader');
    one?.send({ kind: 'be-slow', ms: 150, everyMs: 160 });
    two?.signal('SIGSTOP');
    await world.let(world.random.int(1_000, 4_000));
    two?.signal('SIGCONT');
    one?.send({ kind: 'be-slow', ms: 0, everyMs: 0 });
    await world.let(300);
  },
};
