import type { Fault } from './fault.ts';

const MINUTES = 60_000;
const SKEWS = { writer: [-7, 7], worker: [20, -20], reader: [-15, 15], loader: [12] } as const;

/** Nothing strikes: the clocks are wrong all along, each in another direction. */
export const clockSkew: Fault = {
  name: 'clock-skew',
  about: 'the clocks of all processes are minutes off',
  clockSkewMs: (role, index) => ((SKEWS[role] as readonly number[])[index - 1] ?? 0) * MINUTES,
  async strike(world) {
    await world.let(1_500);
  },
};
