import { isCluster, type RedisClient } from './redis-client.ts';
import { connectionsIn, markEnded, rejectUnanswered } from './within-ioredis.ts';

/**
 * How long, in ms, ioredis waits for a socket to close: for `redisOptions` of Clusters of ours, which make and end
 * connections that nobody else gets to see.
 */
export const DISCONNECT_MS = 100;

/**
 * Ends a connection for good: afterwards nothing of it keeps the process alive, whatever its Redis does. Whoever waits for
 * an answer is told that the connection is closed. With `reconnect` only its present socket ends.
 *
 * ioredis alone would wait two seconds for a socket to close, also for one that is closed already; leave commands
 * unanswered for ever; and let go of a socket whose TLS handshake is under way: what the server then says of it
 * would be nobody's error, and end the process. (ioredis 5 does the first once more, out of our reach: for a socket that it lost before it
 * was ready, and for its `disconnectTimeout`.)
 */
export function endConnection(redis: RedisClient, reconnect = false): void {
  // Looked up first: a Cluster forgets them.
  const connections = connectionsIn(redis);
  const sockets = connections.flatMap(({ stream }) => stream ?? []);
  for (const socket of sockets) socket.on('error', () => undefined);
  const isEmpty = isCluster(redis) && redis.nodes('all').length === 0;
  redis.disconnect(reconnect);
  if (reconnect) return;
  for (const each of new Set([redis, ...connections])) rejectUnanswered(each);
  for (const socket of sockets) {
    socket.destroy();
    // It closed before, and nothing else would stop the timer that waits for it to.
    if (socket.closed) socket.emit('close');
  }
  if (isEmpty || redis.status === 'reconnecting') markEnded(redis);
}
