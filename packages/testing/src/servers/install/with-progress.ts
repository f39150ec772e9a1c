const EVERY_MS = 5_000;

/** Says what takes so long, and every few seconds that it still does. */
export async function withProgress<T>(
  what: string,
  onProgress: ((line: string) => void) | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 1000);
  onProgress?.(what);
  const ticking = setInterval(() => onProgress?.(`${what}: ${seconds()} s`), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(ticking);
  }
}
