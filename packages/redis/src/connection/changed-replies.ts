import { Command } from 'ioredis';

type Transformer = (what: unknown[], context: object) => unknown;

interface Transformers {
  readonly reply?: Readonly<Record<string, Transformer>>;
  readonly argument?: Readonly<Record<string, Transformer>>;
}

/** What Tenantry and BullMQ send: `tools/redis-options.int.test.ts` holds this list to what a Redis was sent. */
export const SENT: ReadonlySet<string> = new Set(
  `bzpopmin client config del eval evalsha exec expire get getrange hdel hexists hget hgetall hlen hmget hscan hset hvals info llen lpos lrange
   ltrim mget multi ping pttl publish scan set smembers sscan ssubscribe strlen subscribe sunsubscribe time unsubscribe wait xadd xrange
   xread xtrim zadd zcard zrange zrangebyscore zrem zrevrange zscore`.split(/\s+/),
);

const SAMPLE = ['a', '1'] as const;

/** Those that ioredis has itself, with what they make of `SAMPLE` over RESP 2. Version 5 has fewer. */
const ITS_OWN: Readonly<Record<keyof Transformers, Readonly<Record<string, unknown>>>> = {
  reply: { hgetall: { a: '1' }, ...asItCame('xread', 'zrange', 'zrangebyscore', 'zrevrange') },
  argument: asItCame('hset'),
};

function asItCame(...commands: string[]): Record<string, unknown> {
  return Object.fromEntries(commands.map(command => [command, SAMPLE]));
}

/**
 * Which transformer of the application's changes the replies or the arguments of a command that Tenantry or BullMQ sends; undefined:
 * none. They belong to all of ioredis, whatever the connection.
 */
export function changedCommand(): string | undefined {
  // ioredis has no way to ask; where the name is another one, nothing is found.
  const all = (Command as unknown as { _transformer?: Transformers })._transformer ?? {};
  for (const kind of ['reply', 'argument'] as const)
    for (const [command, transform] of Object.entries(all[kind] ?? {}))
      if (transform && SENT.has(command) && !isItsOwn(transform, command, ITS_OWN[kind]))
        return `Command.set${kind === 'reply' ? 'Reply' : 'Argument'}Transformer('${command}')`;
  return undefined;
}

function isItsOwn(transform: Transformer, command: string, own: Readonly<Record<string, unknown>>): boolean {
  if (!(command in own)) return false;
  try {
    const made = transform([...SAMPLE], { commandName: command, protocol: 2, replyMapping: 'legacy' });
    return JSON.stringify(made) === JSON.stringify(own[command]);
  } catch {
    return false;
  }
}
