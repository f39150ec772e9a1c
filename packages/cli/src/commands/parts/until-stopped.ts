import { Interrupted } from '../../failures/interrupted.ts';

/** How long what is begun is waited for after Ctrl-C. A database that hangs answers nobody; a second Ctrl-C ends the program at once. */
const LONGEST_END_MS = 3_000;

/** What work answers; `Interrupted` where it goes on for too long after Ctrl-C. */
export async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => reject(new Interrupted()), LONGEST_END_MS);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}
