import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  /** How long to keep trying. Default 30,000: what works returns at once, however busy the machine is, and only what hangs takes so long. */
  readonly timeoutMs?: number;
  /** How long to wait between two tries. Default a tenth of the time that was waited already, at least 5 and at most 50. */
  readonly intervalMs?: number;
  /** What was being waited for; opens the error's sentence. */
  readonly message?: string;
}

/**
 * Tries until `attempt` returns something truthy (or `undefined`: an assertion that did not throw), and returns it.
 * Throws an error with the last failure as its cause once the time is up.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const { timeoutMs = 30_000, intervalMs, message = 'the condition to hold' } = patience;
  const started = performance.now();
  for (let tries = 1; ; tries++) {
    let failure: unknown;
    try {
      const result = await attempt();
      if (result || result === undefined) return result;
      failure = new Error(`it was ${String(result)}`);
    } catch (error) {
      failure = error;
    }
    const waited = performance.now() - started;
    if (waited >= timeoutMs) {
      const why = failure instanceof Error ? failure.message : String(failure);
      throw new Error(`Waited ${Math.round(waited)} ms (${tries} tries) for ${message}: ${why}`, { cause: failure });
    }
    // A try may cost a query: what takes long anyway is not asked for so often that it takes longer.
    await pause(intervalMs ?? Math.min(50, Math.max(5, waited / 10)));
  }
}
