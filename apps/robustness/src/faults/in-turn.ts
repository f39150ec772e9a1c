import type { Fault } from './fault.ts';

/** One fault after the other in one world, each round another: `next` chooses. */
export function inTurn(
  name: string,
  about: string,
  faults: readonly Fault[],
  next: (strikes: number, count: number, random: { int(min: number, max: number): number }) => number,
): Fault {
  let strikes = 0;
  return {
    name,
    about,
    // So that a restarted Redis has its data, where that is what is said.
    appendOnly: 'always',
    async strike(world) {
      const fault = faults[next(strikes++, faults.length, world.random)] as Fault;
      world.note(`it is ${fault.name}`);
      await fault.strike(world);
    },
  };
}
