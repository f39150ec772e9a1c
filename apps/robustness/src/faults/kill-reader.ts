import type { Fault } from './fault.ts';

export const killReader: Fault = {
  name: 'kill-reader',
  about: 'a reader dies (-9) and another starts amid the traffic',
  async strike(world) {
    const reader = world.random.pick(world.of('reader'));
    world.note(`${reader.name} dies`);
    await reader.kill();
    await reader.start();
  },
};
