import type { Client } from '@tenantry/sdk';
import { type HealthAnswer, isFresh, isReady } from './health.ts';

/** What the handler answers from. */
export interface HealthOptions {
  /** The client of this process. */
  readonly client: Client;
  /** Answers `/metrics`. Default: that path is not known. Whether the caller may ask is to be decided before. */
  readonly metrics?: { readonly contentType: string; text(): Promise<string> } | undefined;
}

/** Answers `/live`, `/ready`, `/fresh` and `/metrics`; undefined: another path. */
export interface HealthHandler {
  /** `path`: that of the request, where something stands before it that is the server's. */
  (request: Request, path?: string): Promise<Response | undefined>;
  /** Ends what it listens to. */
  close(): void;
}

/**
 * Health of a reader, for the server that it has anyway. `/live` asks nothing and nobody; `/ready` is 200 while there are usable values, also stale
 * ones; `/fresh` is 503 while they may be stale, and says why. None asks a server: an outage makes no probe slow.
 */
export function createHealthHandler({ client, metrics }: HealthOptions): HealthHandler {
  let wasReached = false;
  const heard = client.status$.subscribe(({ state }) => {
    wasReached ||= state === 'ready' || state === 'stale';
  });
  const answers: Readonly<Record<string, () => Response | Promise<Response>>> = {
    '/live': () => answer({ ok: true, reasons: [] }),
    '/ready': () => answer(isReady(client, wasReached)),
    '/fresh': () => answer(isFresh(client)),
    ...(metrics && {
      '/metrics': async () =>
        new Response(await metrics.text(), {
          headers: { 'content-type': metrics.contentType, 'cache-control': 'no-store' },
        }),
    }),
  };
  const handler = async (request: Request, path: string = new URL(request.url).pathname) => {
    const respond = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (!respond) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } });
    const response = await respond();
    return request.method === 'HEAD' ? new Response(null, response) : response;
  };
  return Object.assign(handler, { close: () => heard.unsubscribe() });
}

function answer({ ok, reasons }: HealthAnswer): Response {
  return Response.json({ ok, reasons }, { status: ok ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
