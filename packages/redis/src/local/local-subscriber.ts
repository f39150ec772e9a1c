import type { FeedSubscriber } from '../feed/pushes/feed-subscriber.ts';

/**
 * Listens to the feeds of a local replica. A message is handed on after the write that made it has ended, in order: a handler of the
 * application never runs within the call of its writer.
 */
export class LocalSubscriber implements FeedSubscriber {
  readonly nodeCount = 1;
  #isClosed = false;
  readonly #closed: (subscriber: LocalSubscriber) => void;
  readonly #channels = new Set<string>();
  #push: (channel: string, message: Buffer) => void = () => undefined;
  #ready: () => void = () => undefined;
  #lost: () => void = () => undefined;

  constructor(closed: (subscriber: LocalSubscriber) => void) {
    this.#closed = closed;
  }

  get status(): string {
    return this.#isClosed ? 'end' : 'ready';
  }

  onPush(push: (channel: string, message: Buffer) => void): void {
    this.#push = push;
  }

  onReady(ready: () => void): void {
    this.#ready = ready;
  }

  onLost(lost: () => void): void {
    this.#lost = lost;
  }

  /** There is nothing that could fail. */
  onError(): void {}

  /** One message of a feed. */
  push(channel: string, message: Buffer): void {
    if (!this.#channels.has(channel)) return;
    queueMicrotask(() => {
      if (this.#channels.has(channel)) this.#push(channel, message);
    });
  }

  async subscribe(channels: string[]): Promise<void> {
    for (const channel of channels) this.#channels.add(channel);
  }

  async unsubscribe(channels: string[]): Promise<void> {
    for (const channel of channels) this.#channels.delete(channel);
  }

  async answer(): Promise<boolean> {
    // After the messages of all writes before it.
    await Promise.resolve();
    return true;
  }

  nodeOf(): undefined {
    return undefined;
  }

  isElsewhere(): boolean {
    return false;
  }

  reconnect(): void {
    if (this.#isClosed) return;
    this.#channels.clear();
    this.#lost();
    queueMicrotask(() => {
      if (!this.#isClosed) this.#ready();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#channels.clear();
    this.#closed(this);
  }
}
