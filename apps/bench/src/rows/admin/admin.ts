import type { BenchContext } from '../../bench-context.ts';
import type { Figure } from '../../figures/figure.ts';
import { benchAnswers } from './answers.ts';
import { benchFirstLoad } from './first-load.ts';
import { benchRights } from './rights.ts';
import { benchStreams } from './streams.ts';

/** The admin's page in a browser, and its API: its streams, its answers, its rights. */
export async function benchAdmin(context: BenchContext): Promise<Figure[]> {
  // Before the others: their streams and their million entries are not what it is about.
  const page = await benchFirstLoad(context);
  return [...page, ...(await benchStreams(context)), ...(await benchAnswers(context)), ...benchRights(context)];
}
