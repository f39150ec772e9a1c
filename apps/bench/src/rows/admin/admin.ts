import type { BenchContext } from '../../bench-context.ts';
import type { Figure } from '../../figures/figure.ts';
import { benchAnswers } from './answers.ts';
import { benchRights } from './rights.ts';
import { benchStreams } from './streams.ts';

/** The admin's API: its streams, its answers, its rights. */
export async function benchAdmin(context: BenchContext): Promise<Figure[]> {
  return [...(await benchStreams(context)), ...(await benchAnswers(context)), ...benchRights(context)];
}
