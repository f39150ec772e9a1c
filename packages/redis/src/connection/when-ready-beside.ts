import { type RedisClient, whenReady } from './redis-client.ts';
import { reconnectNow } from './within-ioredis.ts';

/**
 * `whenReady` of a connection that was made like the application's. A lost connection waits before it tries again, and each
 * waits for a try of its own:
 *
 *   Redis:        away         back
 *   application:      try              try, ready
 *   connection:     try                            call        try
 *
 * Where the application's is ready Redis is there: then the call is not refused, and does not wait for the try either.
 */
export function whenReadyBeside(application: RedisClient, connection: RedisClient): Promise<void> {
  if (application.status === 'ready') reconnectNow(connection);
  return whenReady(connection);
}
