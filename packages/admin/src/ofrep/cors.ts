const ASK = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, if-none-match, x-api-key, last-event-id, cache-control',
  'access-control-max-age': '600',
};

/** The answer to a browser that asks whether a page of another origin may call. Says nothing to pages that may not: the browser refuses them. */
export function preflight(request: Request, methods: readonly string[], origins: readonly string[]): Response {
  const response = new Response(null, { status: 204, headers: { allow: [...methods, 'OPTIONS'].join(', ') } });
  return withCors(request, response, origins, ASK);
}

/** Lets pages of these origins read an answer. Never with what a browser knows of its user: such a page must say who it is by a header. */
export function withCors(
  request: Request,
  response: Response,
  origins: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Response {
  if (origins.length === 0) return response;
  const origin = request.headers.get('origin');
  const isAny = origins.includes('*');
  if (!isAny) response.headers.append('vary', 'Origin');
  if (origin === null || !(isAny || origins.includes(origin))) return response;
  const allowed = {
    'access-control-allow-origin': isAny ? '*' : origin,
    'access-control-expose-headers': 'ETag, Retry-After',
    ...more,
  };
  for (const [name, value] of Object.entries(allowed)) response.headers.set(name, value);
  return response;
}
