import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server between program and admin that lets nothing through that could write. */
export interface WriteProxy extends AsyncDisposable {
  readonly url: string;
  /** Method and path of everything that was sent. */
  readonly requests: readonly string[];
  /** What of it could write, and was refused. */
  readonly refused: readonly string[];
}

/** `mayWrite`: lets writes through too, and only notes what was sent. `answers`: answers itself. `before`: what happens before a write arrives. */
export async function startWriteProxy(
  target: string,
  options: {
    readonly mayWrite?: boolean;
    readonly answers?: (path: string) => Response | undefined;
    readonly before?: () => Promise<unknown>;
  } = {},
): Promise<WriteProxy> {
  const requests: string[] = [];
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const { method = '' } = request;
    // A client that uses this server as the proxy of HTTP_PROXY sends the whole address.
    const url = (request.url ?? '').replace(/^http:\/\/[^/]+/, '');
    requests.push(`${method} ${url}`);
    const reads = method === 'GET' || (method === 'POST' && /^\/api\/v1\/(preview|stored)$/.test(url));
    if (!reads && !options.mayWrite) {
      refused.push(`${method} ${url}`);
      response.writeHead(500).end();
      return;
    }
    if (!reads) await options.before?.();
    const answer = options.answers?.(url) ?? (await forwarded(target + url, request));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, requests, refused },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function forwarded(url: string, request: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = Object.entries(request.headers).filter(
    ([name]) => !/^(host|(proxy-)?connection|content-length)$/.test(name),
  );
  const answer = await fetch(url, {
    ...{ method: request.method ?? 'GET', headers: headers as [string, string][] },
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  });
  const kept = [...answer.headers].filter(
    ([name]) => !/^(content-encoding|content-length|transfer-encoding|connection|keep-alive)$/.test(name),
  );
  return new Response(answer.body, { status: answer.status, headers: kept });
}
