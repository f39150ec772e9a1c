import type { Dev } from './index.ts';

/** The answer to one call of the API. */
export interface Answered {
  readonly status: number;
  readonly body: Record<string, never>;
  readonly etag: string | null;
}

/** Calls the API as a program does. */
export async function callDev(
  dev: Dev,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await fetch(`${dev.url}/api/v1${path}`, {
    method,
    headers: {
      'sec-fetch-site': 'none',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text), etag: response.headers.get('etag') };
}
