import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failures/failure.ts';
import { type Answer, exchange } from './exchange.ts';
import { problemOf } from './problem.ts';

/** One request, and how long it may take. */
export interface Sent {
  readonly method: string;
  /** It changes nothing, whatever its method: it may be made again. */
  readonly isRead: boolean;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly debug: (line: string) => void;
}

const MOST_TRIES = 3;
const LONGEST_WAIT_MS = 10_000;
const FIRST_WAIT_MS = 200;

/**
 * What `take` makes of the answer to a request; a refusal is thrown as `Failure`. The time is over when `take` is: one that returns the answer as it
 * is can read it as long as it likes. What only reads is tried again where the server says that it may help, or cannot be reached; what writes never
 * is, because nobody knows whether the first one did.
 */
export async function send<T>(request: Sent, take: (answer: Answer) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const outcome = await tryOnce(request, take);
    if ('taken' in outcome) return outcome.taken;
    const { failure, waitMs = FIRST_WAIT_MS * 2 ** (tries - 1) } = outcome;
    const mayHelp = request.isRead && failure.retryable && tries < MOST_TRIES && waitMs <= LONGEST_WAIT_MS;
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

async function tryOnce<T>(
  request: Sent,
  take: (answer: Answer) => Promise<T>,
): Promise<Refused | { readonly taken: T }> {
  const { method, url, headers, body, isRead, debug } = request;
  const began = performance.now();
  const told = (what: string | number) =>
    debug(`${method} ${url} ${what} in ${Math.round(performance.now() - began)} ms`);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), request.timeoutMs);
  try {
    const signal = AbortSignal.any([request.signal, limit.signal]);
    const answer = await exchange({ method, url, headers, body, signal, isRead });
    const { status } = answer;
    told(status);
    if (status >= 200 && status < 300) return { taken: await take(answer) };
    const waitMs = retryAfterMs(answer);
    return { failure: problemOf(status, await answer.text(), waitMs), waitMs };
  } catch (error) {
    if (request.signal.aborted || error instanceof Failure) throw error;
    told('no whole answer');
    return { failure: limit.signal.aborted ? tooLate(request) : unreachable(request, error) };
  } finally {
    clearTimeout(timer);
  }
}

function retryAfterMs(answer: Answer): number | undefined {
  const asked = answer.header('retry-after');
  if (asked === undefined) return undefined;
  // Seconds, or a date: by the clock of the server, of which this machine's may be off.
  const now = Date.parse(answer.header('date') ?? '') || Date.now();
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function tooLate({ isRead, timeoutMs }: Sent): Failure {
  return new Failure('TIMEOUT', `The server did not answer within ${timeoutMs} ms.${notKnown(isRead)}`, {
    retryable: true,
  });
}

function unreachable({ url, isRead }: Sent, error: unknown): Failure {
  const { code } = error as { readonly code?: unknown };
  const why = typeof code === 'string' ? ` (${code})` : '';
  if (CERTIFICATE.test(String(code)))
    return new Failure(
      'UNREACHABLE',
      `The certificate of ${new URL(url).origin} is not to be trusted${why}: nothing was sent. NODE_EXTRA_CA_CERTS names a file with the certificates of your own authority.`,
    );
  if (NOT_SENT.has(String(code)))
    return new Failure('UNREACHABLE', `${new URL(url).origin} cannot be reached${why}: nothing was sent.`, {
      retryable: true,
    });
  return new Failure('UNREACHABLE', `${new URL(url).origin} cannot be reached${why}.${notKnown(isRead)}`, {
    retryable: true,
  });
}

/** What OpenSSL and Node call what is wrong with a certificate. */
const CERTIFICATE = /CERT|^UNABLE_TO_|^ERR_TLS|SIGNATURE|ISSUER/;
/** There was no connection. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

function notKnown(isRead: boolean): string {
  return isRead ? '' : ' Whether it was done is not known: look before you try again.';
}
