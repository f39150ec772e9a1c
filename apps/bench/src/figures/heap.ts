import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** What nobody holds is gone afterwards: memory is measured between two of these. */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  collect();
}

/** The bytes of everything that is held, buffers included, once nothing more is let go: what was closed just now holds on for a moment. */
export async function heldBytes(): Promise<number> {
  for (let held = heldNow(), tries = 0; ; tries++) {
    await new Promise(resolve => setTimeout(resolve, 20));
    const next = heldNow();
    if (next > held * 0.999 || tries === 50) return next;
    held = next;
  }
}

function heldNow(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
