import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy that knows where an answer or a push ends. */
export interface FrameProxy extends AsyncDisposable {
  readonly port: number;
  /** What becomes of each answer and push on its way to the client: other bytes, or none. */
  edit: (frame: string) => string | undefined;
}

/** In front of a Redis. What the client sends passes as it is. */
export async function startFrameProxy(target: { readonly host: string; readonly port: number }): Promise<FrameProxy> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, client => {
    const upstream = connect({ ...target, noDelay: true });
    let rest = '';
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.on('data', data => upstream.write(data));
    upstream.on('data', data => {
      rest += data.toString('latin1');
      for (let end = endOfFrame(rest, 0); end > 0; end = endOfFrame(rest, 0)) {
        const edited = proxy.edit(rest.slice(0, end));
        rest = rest.slice(end);
        if (edited !== undefined) client.write(Buffer.from(edited, 'latin1'));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FrameProxy = {
    port: (server.address() as AddressInfo).port,
    edit: frame => frame,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

/** How many frames are in a frame for each that it counts. */
const INSIDE: Readonly<Record<string, number>> = { '*': 1, '>': 1, '~': 1, '%': 2 };
const SIZED = '$=!';

/** Where the frame that begins there ends; -1: not all of it is there. */
function endOfFrame(text: string, from: number): number {
  const line = text.indexOf('\r\n', from);
  if (line < 0) return -1;
  const kind = text[from] as string;
  const size = Number(text.slice(from + 1, line));
  let end = line + 2;
  if (SIZED.includes(kind) && size >= 0) end += size + 2;
  for (let i = (INSIDE[kind] ?? 0) * size; i > 0 && end > 0; i--) end = endOfFrame(text, end);
  return end > text.length ? -1 : end;
}
