import { TenantryError } from '@tenantry/protocol';
import { describeArrived } from '@tenantry/protocol/internal';
import { Redis, type RedisOptions } from 'ioredis';
import { endTimerWithSocket } from './within-ioredis.ts';

/** What may be given where a URL is taken, too. */
export const URL_OR_INSTANCE = 'a redis:// or rediss:// URL, or an ioredis instance';

/** A connection of our own for a `redis://` or `rediss://` URL; `INVALID_OPTION` for any other text. */
export function openRedisUrl(url: string, options: RedisOptions & { replyMapping?: 'legacy' }): Redis {
  if (!/^rediss?:\/\/./.test(url) || !URL.canParse(url))
    throw new TenantryError(
      'INVALID_OPTION',
      // Not shown: it may hold a password.
      `\`redis\` must be ${URL_OR_INSTANCE}, got ${describeScheme(url)}.`,
    );
  return endTimerWithSocket(new Redis(url, options));
}

function describeScheme(url: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0];
  return scheme ? `a URL that begins with ${describeArrived(scheme)}` : 'some other text';
}
