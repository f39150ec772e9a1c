import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answers, respond } from './respond.ts';

/**
 * The admin as a handler of Node's HTTP server, for Express, Fastify, NestJS and whatever else has its requests: `app.use('/admin', toNodeHandler(admin))`
 * with `basePath: '/admin'`. Mount it before the parsers of bodies. It answers every request that it gets, and never rejects.
 */
export function toNodeHandler(admin: {
  fetch: Answers;
}): (message: IncomingMessage, response: ServerResponse) => Promise<void> {
  return (message, response) => respond(admin.fetch, message, response);
}
