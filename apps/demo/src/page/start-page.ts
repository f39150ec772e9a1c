import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Cleanup } from '../supervisor/cleanup.ts';
import type { Demo } from '../supervisor/demo.ts';
import { startLiveUpdates } from './live-updates.ts';
import { pageActions } from './page-actions.ts';

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };
const FOLDER = new URL('../../public/', import.meta.url);

/** Serves the page on loopback until the end, on a free port where the wanted one is taken. Answers its URL. */
export async function startPage(demo: Demo, wantedPort: number, cleanup: Cleanup): Promise<string> {
  const updates = startLiveUpdates(demo);
  const actions = pageActions(demo);
  const files = new Set(await readdir(FOLDER));
  const server = createServer(async (request, response) => {
    try {
      const path = new URL(request.url ?? '/', 'http://page').pathname;
      if (path === '/events') return updates.follow(response);
      if (request.method === 'POST') return await act(actions[path], request, response);
      const file = path === '/' ? 'index.html' : path.slice(1);
      if (!files.has(file)) return reply(response, 404, { error: 'There is no such page' });
      await sendFile(file, response);
    } catch (error) {
      const { code, issues } = error as { code?: unknown; issues?: unknown };
      const message = error instanceof Error ? error.message : String(error);
      reply(response, 422, { error: code === undefined ? message : `${code}: ${message}`, issues });
    }
  });
  const port = await listen(server, wantedPort);
  await cleanup.add(() => {
    updates.close();
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${port}/`;
}

async function act(
  action: ((body: never) => Promise<unknown>) | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Neither can another site's page send without asking first, and we never answer that question.
  const isOurs = request.headers['content-type'] === 'application/json';
  if (!action || !isOurs) return reply(response, action ? 415 : 404, { error: 'There is no such action' });
  reply(response, 200, await action((await json(request)) as never));
}

async function sendFile(file: string, response: ServerResponse): Promise<void> {
  const type = TYPES[file.split('.').at(-1) as string];
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': "default-src 'self'; img-src data:",
  };
  response.writeHead(200, { ...headers, 'cache-control': 'no-store' }).end(await readFile(new URL(file, FOLDER)));
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function listen(server: Server, wantedPort: number): Promise<number> {
  server.listen(wantedPort, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return (server.address() as AddressInfo).port;
}
