import { isCluster, type RedisClient } from './redis-client.ts';

/**
 * Ends a connection, or with `reconnect` only its present socket. ioredis alone lets go of a socket whose TLS handshake is
 * under way: what the server then says of it would be nobody's error, and end the process.
 */
export function endConnection(redis: RedisClient, reconnect = false): void {
  for (const each of isCluster(redis) ? redis.nodes('all') : [redis]) each.stream?.on('error', () => undefined);
  redis.disconnect(reconnect);
}
