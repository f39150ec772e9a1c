import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failures/failure.ts';
import { problemOf } from './problem.ts';

/** One request, and how long it may take. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Until the answer begins. A stream may last. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly debug: (line: string) => void;
}

const MOST_TRIES = 3;
const LONGEST_WAIT_MS = 10_000;
const FIRST_WAIT_MS = 200;

/**
 * The answer to a request, a refusal thrown as `Failure`. What only reads is tried again where the server says that it may help, or cannot be
 * reached; what writes never is: nobody knows whether the first one did.
 */
export async function send(request: Sent): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const outcome = await tryOnce(request);
    if (outcome instanceof Response) return outcome;
    const { failure, waitMs = FIRST_WAIT_MS * 2 ** (tries - 1) } = outcome;
    const mayHelp = request.method === 'GET' && failure.retryable && tries < MOST_TRIES && waitMs <= LONGEST_WAIT_MS;
    if (!mayHelp) throw failure;
    request.debug(`again in ${waitMs} ms`);
    await sleep(waitMs, undefined, { signal: request.signal });
  }
}

interface Refused {
  readonly failure: Failure;
  /** What the server asks for. */
  readonly waitMs?: number | undefined;
}

async function tryOnce(request: Sent): Promise<Response | Refused> {
  const { method, url, headers, body, debug } = request;
  const began = performance.now();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), request.timeoutMs);
  try {
    const response = await fetch(url, {
      ...{ method, headers, redirect: 'manual', signal: AbortSignal.any([request.signal, limit.signal]) },
      ...(body !== undefined && { body }),
    });
    debug(`${method} ${url} ${response.status} in ${Math.round(performance.now() - began)} ms`);
    if (response.ok) return response;
    return { failure: problemOf(response.status, await response.text()), waitMs: retryAfterMs(response) };
  } catch (error) {
    if (request.signal.aborted) throw error;
    debug(`${method} ${url} no answer in ${Math.round(performance.now() - began)} ms`);
    return { failure: limit.signal.aborted ? tooLate(request) : unreachable(request, error) };
  } finally {
    clearTimeout(timer);
  }
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

function tooLate({ method, timeoutMs }: Sent): Failure {
  const unknown = method === 'GET' ? '' : ' Whether it was done is not known: look before you try again.';
  return new Failure('TIMEOUT', `The server did not answer within ${timeoutMs} ms.${unknown}`, { retryable: true });
}

function unreachable({ url, method }: Sent, error: unknown): Failure {
  const { origin } = new URL(url);
  const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
  const why = typeof code === 'string' ? ` (${code})` : '';
  const unknown = method === 'GET' ? '' : ' Whether anything was done is not known.';
  return new Failure('UNREACHABLE', `${origin} cannot be reached${why}.${unknown}`, { retryable: true, cause: error });
}
