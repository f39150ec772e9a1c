import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { type Answers, respond } from './respond.ts';

/**
 * The admin as a handler of Node's HTTP server, of HTTP/1.1 or HTTP/2, for Express, Fastify, NestJS and whatever else has its requests: `app.use('/admin', toNodeHandler(admin))`
 * with `basePath: '/admin'`. Mount it before the parsers of bodies. It answers every request that it gets, and never rejects.
 */
export function toNodeHandler(admin: {
  fetch: Answers;
}): (message: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => Promise<void> {
  return (message, response) => respond(admin.fetch, message as IncomingMessage, response as ServerResponse);
}
