import type { Auth, Connection } from './auth.ts';

/** Where a browser goes that opens a page and has not signed in: `login`, which leads back. Undefined: it may stay, or is no browser. */
export async function toSignIn(auth: Auth, request: Request, connection: Connection): Promise<Response | undefined> {
  if (auth.login === undefined || request.method !== 'GET' || !opensPage(request)) return undefined;
  if (await auth(request, connection)) return undefined;
  const { pathname, search } = new URL(request.url);
  const location = `${auth.login}?to=${encodeURIComponent(pathname + search)}`;
  return new Response(null, { status: 302, headers: { location, 'cache-control': 'no-store' } });
}

/** Scripts and styles of the page are no secret, and a redirect would be nothing to them. */
function opensPage(request: Request): boolean {
  const destination = request.headers.get('sec-fetch-dest');
  return destination === null
    ? (request.headers.get('accept')?.includes('text/html') ?? false)
    : destination === 'document';
}
