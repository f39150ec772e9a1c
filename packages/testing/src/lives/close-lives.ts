import { eventually } from '../eventually.ts';
import { type FaultProxy, startFaultProxy } from '../faults/start-fault-proxy.ts';
import { freePort } from '../servers/free-port.ts';
import { spawnNode } from '../spawn-node.ts';
import { testServers } from '../test-servers.ts';
import type { LifeNews, LifeOrder } from './live-and-close.ts';

/**
 * What Redis does while something is closed:
 * - `there` · `gone`: every connection is lost, and whoever connects again is refused · `silent`: nothing is answered any more
 * - `replaced by a silent one`: the connections are lost, and new ones are accepted and never answered
 * - `never there`: nobody listens, from the start.
 */
export const REDIS_STATES = ['there', 'gone', 'silent', 'replaced by a silent one', 'never there'] as const;
export type RedisState = (typeof REDIS_STATES)[number];

/** What was seen of a process that went through lives. */
export interface ClosedLives {
  /** What held the process after a close, by `life, with Redis state`; only where something did. */
  readonly held: Readonly<Record<string, readonly string[]>>;
  /** What each `close()` took, in ms. */
  readonly closedMs: Readonly<Record<string, number>>;
  /** What it printed. */
  readonly lines: readonly string[];
  /** `none`: it was still there after 10 s. */
  readonly exit: number | NodeJS.Signals | 'none';
}

/** Tells a process that ends, or answers, from one that hangs. */
const END_MS = 10_000;
const ANSWER_MS = 60_000;

/** Has a process, whose script calls `liveAndClose`, go through these lives one after another, each closed with Redis in each of the states. */
export async function closeLives(
  script: URL,
  lives: readonly string[],
  args: readonly string[] = [],
  states: readonly RedisState[] = REDIS_STATES,
): Promise<ClosedLives> {
  const { hostname, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  await using child = spawnNode(script, args);
  const news: LifeNews[] = [];
  child.onMessage(message => news.push(message as LifeNews));
  const order = async (what: LifeOrder): Promise<LifeNews> => {
    const told = news.length;
    child.send(what);
    const answer = () => news[told] ?? Promise.reject(new Error(`it said:\n${child.lines.join('\n')}`));
    const answered = eventually(answer, { timeoutMs: ANSWER_MS, message: `an answer to ${JSON.stringify(what)}` });
    const died = child.exit.then(answer);
    return Promise.race([answered, died]);
  };
  const held: Record<string, readonly string[]> = {};
  const closedMs: Record<string, number> = {};
  for (const state of states) {
    for (const life of lives) {
      proxy.set('pass');
      const redisPort = state === 'never there' ? await freePort() : proxy.port;
      await order({ start: life, redisUrl: `redis://127.0.0.1:${redisPort}` });
      await bringAbout(state, proxy);
      const closed = await order('close');
      if (!('held' in closed)) throw new Error(`It began once more: ${JSON.stringify(closed)}`);
      const name = `${life}, with Redis ${state}`;
      if (closed.held.length > 0) held[name] = [...closed.held, `Redis is at port ${redisPort}`];
      closedMs[name] = closed.closedMs;
    }
  }
  child.send('end');
  const exit = await Promise.race([child.exit, after(END_MS)]);
  return { held, closedMs, lines: child.lines, exit };
}

async function bringAbout(state: RedisState, proxy: FaultProxy): Promise<void> {
  const before = proxy.accepted;
  if (state === 'gone') proxy.set('refuse');
  if (state === 'silent' || state === 'replaced by a silent one') proxy.set('silent');
  if (state === 'replaced by a silent one') proxy.cut();
  // They were found lost, and made anew.
  if (state === 'gone' || state === 'replaced by a silent one')
    await eventually(() => proxy.accepted > before + 1, { message: 'connections to be made anew' });
}

function after(ms: number): Promise<'none'> {
  return new Promise(resolve => setTimeout(resolve, ms, 'none' as const).unref());
}
