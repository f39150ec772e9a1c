import type { Call } from '../../calls/call.ts';
import { defined, type HandlerParts } from '../../calls/handler-parts.ts';

const MOST_CHARACTERS = 255;

/** Writes down what an operator is about to do: before it is done, so that nothing is done that stands nowhere. */
export async function recordOperation(
  { audit }: HandlerParts,
  { principal, via }: Call,
  action: string,
  ids?: readonly string[],
): Promise<void> {
  const text = ids === undefined ? 'all' : `ids ${ids.join(', ')}`;
  const origin = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
  await audit.record(defined({ action, actor: principal.id, via, origin }));
}
