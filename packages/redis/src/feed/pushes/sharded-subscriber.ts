import type { Cluster } from 'ioredis';
import { duplicateCluster } from '../../connection/duplicate-cluster.ts';
import { DISCONNECT_MS, endConnection } from '../../connection/end-connection.ts';
import { keySlot } from '../../connection/key-slot.ts';
import { endTimerWithSocket } from '../../connection/within-ioredis.ts';
import type { FeedSubscriber } from './feed-subscriber.ts';

/**
 * Listens to sharded channels, on a connection to each node of a Cluster. They are made anew as a whole, never asked to reconnect: after a
 * failover ioredis may wait for ever for the subscriber of a node that is gone and make no other, and asked while it is about to be ready it
 * ends as "close" with no further attempt planned.
 */
export class ShardedSubscriber implements FeedSubscriber {
  readonly #redis: Cluster;
  readonly #clusterRetryStrategy: (attempt: number) => number;
  readonly #connectionName: string;
  readonly #listen: ((connection: Cluster) => void)[] = [];
  // What was subscribed, with its slot; ioredis takes it to another node by itself. Kept in the order of the answers, as the server counts.
  readonly #made = new Map<string, number>();
  /** Counts those that were left. */
  #left = 0;
  #connection: Cluster;

  constructor(redis: Cluster, clusterRetryStrategy: (attempt: number) => number, connectionName: string) {
    this.#redis = redis;
    this.#connectionName = connectionName;
    this.#clusterRetryStrategy = clusterRetryStrategy;
    this.#connection = this.#open();
  }

  get status(): string {
    return this.#connection.status;
  }

  // A Cluster stays "ready" while one node's subscriber is lost and another takes its place.
  onReady(ready: () => void): void {
    this.#whenever(from => {
      const tell = () => from === this.#connection && from.status === 'ready' && ready();
      from.on('ready', tell);
      from.on('subscribersReady', tell);
    });
  }

  onLost(lost: () => void): void {
    this.#whenever(from => {
      for (const event of ['close', '-node']) from.on(event, () => from === this.#connection && lost());
    });
  }

  onError(trouble: (error: unknown) => void): void {
    this.#whenever(from => void from.on('error', trouble));
  }

  onPush(push: (channel: string, message: Buffer) => void): void {
    const told = (channel: Buffer, message: Buffer) => push(channel.toString(), message);
    this.#whenever(from => void from.on('smessageBuffer', told));
  }

  // Each channel has a slot of its own, and a command only one.
  subscribe(channels: string[]): Promise<unknown> {
    const connection = this.#connection;
    return Promise.all(
      channels.map(each => connection.ssubscribe(each).then(() => this.#made.set(each, keySlot(each)))),
    );
  }

  unsubscribe(channels: string[]): Promise<unknown> {
    const connection = this.#connection;
    return Promise.all(channels.map(each => connection.sunsubscribe(each).then(() => this.#leave(each))));
  }

  // A ping would take one of the connections for commands. Leaving a channel that nobody is on takes the subscriber's.
  async answer(channels: string[]): Promise<boolean> {
    const oneOfEach = new Map(channels.map(channel => [this.nodeOf(channel) ?? channel, channel]));
    const made = this.#madeOnEach();
    const leftBefore = this.#left;
    const answers = [...oneOfEach].map(async ([node, channel]) => {
      const count = Number(await this.#connection.sunsubscribe(`${channel}:none`));
      // What was left meanwhile may have been on this node.
      return count + this.#left - leftBefore >= (made.get(node) ?? 0);
    });
    return (await Promise.all(answers)).every(isComplete => isComplete);
  }

  get nodeCount(): number {
    return this.#connection.nodes('master').length;
  }

  nodeOf(channel: string): string | undefined {
    return this.#connection.slots[this.#made.get(channel) ?? keySlot(channel)]?.[0];
  }

  // Commands and pushes of a slot come from the node that has it.
  isElsewhere(): boolean {
    return false;
  }

  reconnect(): void {
    const before = this.#connection;
    this.#made.clear();
    this.#connection = this.#open();
    for (const each of this.#listen) each(this.#connection);
    endQuietly(before);
  }

  close(): void {
    endConnection(this.#connection);
  }

  #leave(channel: string): void {
    if (this.#made.delete(channel)) this.#left++;
  }

  #open(): Cluster {
    const opened = duplicateCluster(this.#redis, {
      shardedSubscribers: true,
      clusterRetryStrategy: this.#clusterRetryStrategy,
      enableOfflineQueue: true,
      lazyConnect: false,
      redisOptions: { disconnectTimeout: DISCONNECT_MS, connectionName: this.#connectionName },
    });
    return endTimerWithSocket(opened);
  }

  #whenever(listener: (connection: Cluster) => void): void {
    this.#listen.push(listener);
    listener(this.#connection);
  }

  /** How many subscriptions were made on the connection to each node. */
  #madeOnEach(): Map<string, number> {
    const made = new Map<string, number>();
    for (const channel of this.#made.keys()) {
      const node = this.nodeOf(channel) ?? channel;
      made.set(node, (made.get(node) ?? 0) + 1);
    }
    return made;
  }
}

/** Ends connections that others have replaced: their errors are no trouble any more. */
function endQuietly(connection: Cluster): void {
  connection.removeAllListeners('error');
  connection.on('error', () => undefined);
  endConnection(connection);
}
