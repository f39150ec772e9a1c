/** A connection that only listens: to sharded channels on a Cluster, to plain ones elsewhere. */
export interface FeedSubscriber {
  readonly status: string;
  onPush(push: (channel: string, message: Buffer) => void): void;
  /** Called when the connection can be used; it has no subscription yet. */
  onReady(ready: () => void): void;
  onLost(lost: () => void): void;
  onError(trouble: (error: unknown) => void): void;
  subscribe(channels: string[]): Promise<unknown>;
  unsubscribe(channels: string[]): Promise<unknown>;
  /**
   * Resolves with an answer that comes, on each connection of these channels, after every push sent before. It tells how many
   * subscriptions the server counts on the connection; false: fewer than were made there.
   */
  answer(channels: string[]): Promise<boolean>;
  /** How many servers send pushes. */
  readonly nodeCount: number;
  /** The one of them that has the channel; undefined: not known. */
  nodeOf(channel: string): string | undefined;
  /** Whether commands may have gone to another server than this one since the last call. */
  isElsewhere(): boolean;
  reconnect(): void;
  close(): void;
}
