import { Refused } from '../http/refused.ts';

/**
 * A call that changes something must come from a page of this very origin, or from a program that says who it is by a token: no other site can
 * make a browser send either. `CROSS_SITE`.
 */
export function checkSameSite(request: Request): void {
  const site = request.headers.get('sec-fetch-site');
  if (site === 'same-origin' || site === 'none') return;
  // A page of another site cannot send it without being asked first, and nobody is told yes.
  if (site === null && /^Bearer /i.test(request.headers.get('authorization') ?? '')) return;
  throw new Refused(
    403,
    'CROSS_SITE',
    'A change must come from the page itself, over https or from localhost, or from a program with a bearer token. Without a token a program sends `Sec-Fetch-Site: none`.',
  );
}
