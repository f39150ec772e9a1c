const TURN_MS = 10;

/**
 * How long this process could not run, in ms, since it started: on a busy machine, or where a fault holds it up. A
 * budget is about waiting, so the time in which nothing could have answered is no part of it.
 */
export function watchLostTime(): () => number {
  let lost = 0;
  let seenAt = performance.now();
  const look = (): void => {
    const now = performance.now();
    lost += Math.max(0, now - seenAt - TURN_MS);
    seenAt = now;
  };
  setInterval(look, TURN_MS).unref();
  return () => {
    look();
    return lost;
  };
}
