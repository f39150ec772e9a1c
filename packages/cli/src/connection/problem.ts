import { Failure } from '../failures/failure.ts';
import { isObject } from '../json/is-object.ts';
import { parseJson } from '../json/raw-numbers.ts';

/** The failure that an answer says, from `application/problem+json` or whatever came instead. `waitMs`: so long it asks to wait. */
export function problemOf(status: number, text: string, waitMs?: number): Failure {
  const problem = readProblem(text);
  const { code, detail, retryable, details } = problem;
  if (status >= 300 && status < 400)
    return new Failure(
      'UNKNOWN_ANSWER',
      `The server answered ${status}: it sends elsewhere. That is not followed, because the token may not be for that server: name the right address.`,
      { status },
    );
  if (typeof code !== 'string' || typeof detail !== 'string')
    return new Failure(
      'UNKNOWN_ANSWER',
      `The server answered ${status}, and not as an admin of Tenantry does.${waitText(waitMs)}`,
      { status, retryable: OF_PROXIES.has(status) },
    );
  const facts = { ...(isObject(details) ? details : {}), ...currentOf(problem) };
  return new Failure(code, detail, { status, retryable: retryable === true, details: facts });
}

/** What stands before the server has too much to do, or does not reach it. */
const OF_PROXIES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function waitText(waitMs: number | undefined): string {
  return waitMs === undefined ? '' : ` It asks to wait ${Math.ceil(waitMs / 1_000)} s.`;
}

function readProblem(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** The version that stands now. Not its value: this may go into the log of a CI. */
function currentOf({ current }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const version = isObject(current) ? current.version : undefined;
  return typeof version === 'number' ? { currentVersion: version } : {};
}
