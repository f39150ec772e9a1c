import { randomUUID } from 'node:crypto';
import type { TenantryError } from '@tenantry/protocol';
import { within } from '@tenantry/redis';
import { decodeReply, type LoadReply, replyChannel } from './load-request.ts';
import type { QueueConnection } from './queue-connection.ts';

/** Hears the workers' answers to the questions of one reader, on a channel and a connection of its own. */
export class ReplyListener {
  /** The channel, for the workers to answer on. */
  readonly channel: string;
  readonly #open: () => QueueConnection;
  readonly #waiting = new Map<string, PromiseWithResolvers<LoadReply>>();
  #connection: QueueConnection | undefined;
  #subscribed: Promise<unknown> | undefined;
  #isChecking = false;
  #isEnded = false;

  constructor(prefix: string, open: () => QueueConnection) {
    this.channel = replyChannel(prefix, randomUUID());
    this.#open = open;
  }

  /** The answer to the question with this id. Ends with `forget`. */
  expect(id: string): Promise<LoadReply> {
    const answer = Promise.withResolvers<LoadReply>();
    // The question may have been given up on.
    answer.promise.catch(() => undefined);
    this.#waiting.set(id, answer);
    return answer.promise;
  }

  forget(id: string): void {
    this.#waiting.delete(id);
  }

  /** Settles when answers can be heard. The first call subscribes, and the first after the connection was lost. */
  listen(): Promise<unknown> {
    this.#subscribed ??= this.#subscribe().catch(error => {
      this.#subscribed = undefined;
      throw error;
    });
    return this.#subscribed;
  }

  /**
   * A subscriber sends nothing, so the loss of a connection that died without a word goes unnoticed. The listener therefore asks Redis for
   * a sign, and opens a new connection where none comes. A message to its own channel would need the right to publish.
   */
  async check(timeoutMs: number): Promise<void> {
    const { redis } = this.#connection ?? {};
    // ioredis opens a lost connection anew by itself.
    if (redis?.status !== 'ready' || this.#isChecking) return;
    this.#isChecking = true;
    try {
      await within(timeoutMs, 'A sign of Redis', redis.ping());
    } catch {
      if (!this.#isEnded) this.#reconnect();
    } finally {
      this.#isChecking = false;
    }
  }

  /** Fails what is still waited for. */
  rejectAll(error: TenantryError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }

  /** Ends the connection, and opens no other. */
  end(): void {
    this.#isEnded = true;
    this.#connection?.end();
  }

  async #subscribe(): Promise<void> {
    this.#connection ??= this.#openConnection();
    await this.#connection.ready();
    await this.#connection.redis.subscribe(this.channel);
  }

  #openConnection(): QueueConnection {
    const opened = this.#open();
    // ioredis subscribes again by itself, but later: meanwhile an answer would be lost.
    opened.redis.on('close', () => {
      if (this.#connection === opened) this.#subscribed = undefined;
    });
    opened.redis.on('message', (_channel: string, text: string) => {
      const reply = decodeReply(text);
      if (reply) this.#waiting.get(reply.id)?.resolve(reply);
    });
    return opened;
  }

  #reconnect(): void {
    this.#connection?.end();
    this.#connection = undefined;
    this.#subscribed = undefined;
  }
}
