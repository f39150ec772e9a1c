import type { AgentOptions, IncomingMessage } from 'node:http';

/** One request as it goes out. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** It changes nothing. */
  readonly isRead: boolean;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** What came back: its head, and a body that is read as it comes. */
export interface Answer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: AsyncIterable<Buffer>;
  /** All of the body. Rejects where it was cut off. */
  text(): Promise<string>;
  /** Ends the connection, whatever is still to come. */
  close(): void;
}

/**
 * Sends a request, and resolves with the head of the answer. Node's own client: `fetch` takes a quarter of a second of the processor more for a list
 * of ten thousand, and 24 MB. No redirect is followed: it may lead to another server, which the token is not for.
 */
export async function exchange({ method, isRead, url, headers, body, signal }: Exchange): Promise<Answer> {
  const { request, Agent, globalAgent } = await (url.startsWith('https:') ? import('node:https') : import('node:http'));
  const { options } = globalAgent as unknown as { readonly options: AgentOptions };
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  // Reads share a connection. A write has its own: one that the server is closing would leave nobody knowing whether it was done. It has
  // the options of the shared one, and so the proxy of NODE_USE_ENV_PROXY: with `agent: false` Node would use no proxy.
  const agent = isRead ? globalAgent : new Agent({ ...options, keepAlive: false });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, signal, agent, headers: { ...headers, ...length } }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
  return {
    status: answer.statusCode ?? 0,
    header: name => [answer.headers[name]].flat()[0],
    body: answer,
    close: () => void answer.destroy(),
    async text() {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}
