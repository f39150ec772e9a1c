// A reader: nothing but the SDK, and a source where it has one. Tells everything it sees.
import { type Client, createClient, type Entry } from '@tenantry/sdk';
import { seededRandom } from '@tenantry/testing';
import { workerSource } from '@tenantry/worker-source';
import { seenValue } from '../drawn/shapes.ts';
import type { Seen, SeenValue } from '../history/history-event.ts';
import { askForScopes, peekAtScopes, pickPlace, rememberedScopes, watchScopes } from '../scopes/watch-scopes.ts';
import { type Address, asked, pairOf, TENANTS, watchedIn, watchedWithSource } from './addresses.ts';
import { configs } from './definitions.ts';
import { watchLostTime } from './lost-time.ts';
import { openRedis } from './open-redis.ts';
import { BUDGETS, machineTime, processSettings } from './settings.ts';
import { Teller, type ToProcess } from './tell.ts';

const LOOK_EVERY_MS = 40;
const LOOKS = 6;
const STOOD_STILL_MS = 500;

const settings = processSettings();
const { name, redis, prefix, seed, clockSkewMs, hasSource, drawn } = settings;
const watched = [...watchedIn(drawn), ...(hasSource ? watchedWithSource : [])];
const teller = new Teller(name);
const random = seededRandom(seed);
const client: Client = await createClient({
  redis: redis.kind === 'single' && drawn.redis.fromUrl && !hasSource ? redis.url : openRedis(settings),
  prefix,
  ...(hasSource ? { source: workerSource({ redis: openRedis(settings), prefix }) } : {}),
  readTimeoutMs: BUDGETS.readMs,
  heartbeatMs: BUDGETS.heartbeatMs,
  feedTimeoutMs: BUDGETS.feedTimeoutMs,
  sweepMs: 3_000,
  clock: () => Date.now() + clockSkewMs,
  onTrouble: trouble => teller.event({ kind: 'warning', text: String(trouble).slice(0, 200) }),
});
const isConfig = new Set(Object.values(configs).map(({ address }) => address));
const lostTime = watchLostTime();
let slowness: NodeJS.Timeout | undefined;

client.status$.subscribe(({ state, why }) => teller.event({ kind: 'status', state, why }));
for (const { tenant, ref } of watched)
  client
    .tenant(tenant)
    .watchEntry(ref)
    .subscribe(entry => teller.event({ kind: 'emission', ...seen({ tenant, ref }, entry) }));
for (const tenant of TENANTS)
  for (const ref of pairOf(tenant))
    client
      .tenant(tenant)
      .watch(ref)
      .subscribe(() => lookAtPair(tenant));

watchScopes(client, {
  emission: seen => teller.event({ kind: 'layered', how: 'emission', ...seen }),
  together: (tenant, marks) => teller.event({ kind: 'twins', tenant, marks }),
});

process.on('message', (message: ToProcess) => {
  if (message.kind === 'tell-memory') void tellMemory();
  if (message.kind === 'be-slow') {
    clearInterval(slowness);
    if (message.ms > 0) slowness = setInterval(() => block(message.ms), message.everyMs);
  }
});
let lostAtLook = 0;
setInterval(() => {
  // A process that stood still finds its timers before its sockets: nothing could have told it anything yet.
  const lost = lostTime() - lostAtLook;
  lostAtLook += lost;
  if (lost > STOOD_STILL_MS) return;
  for (let i = 0; i < LOOKS; i++) look(random.pick(watched));
  const layers = peekAtScopes(client, random);
  if (layers) teller.event({ kind: 'layered', how: 'sample', ...layers });
  if (random.chance(0.2)) void askInScopes();
  else void ask(random.pick(random.chance(0.5) ? watched : asked));
}, LOOK_EVERY_MS);
await teller.say({ kind: 'ready' });

function look({ tenant, ref }: Address): void {
  const entry = client.tenant(tenant).peekEntry(ref);
  if (entry) teller.event({ kind: 'sample', ...seen({ tenant, ref }, entry) });
}

async function ask({ tenant, ref }: Address): Promise<void> {
  const what = hasSource && isConfig.has(ref.address) ? 'entry with a source' : 'entry';
  const entry = await timed(what, () => client.tenant(tenant).entry(ref));
  if (entry) teller.event({ kind: 'answer', ...seen({ tenant, ref }, entry) });
}

async function askInScopes(): Promise<void> {
  const layers = await timed('entry', () => askForScopes(client, pickPlace(random)));
  if (layers) teller.event({ kind: 'layered', how: 'answer', ...layers });
}

/** Undefined where it failed, of which the call tells. */
async function timed<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
  const startedAt = machineTime();
  const lostBefore = lostTime();
  const waited = (): number => machineTime() - startedAt - (lostTime() - lostBefore);
  try {
    const answer = await call();
    teller.event({ kind: 'call', what, ms: waited() });
    return answer;
  } catch (error) {
    const { code = 'other' } = error as { code?: string };
    teller.event({ kind: 'call', what, ms: waited(), error: code });
    return undefined;
  }
}

function lookAtPair(tenant: string): void {
  const entries = pairOf(tenant).map(ref => client.tenant(tenant).peekEntry(ref));
  // Before the first look at all of them is over, some are not known.
  if (entries.some(entry => entry === undefined)) return;
  // What is called stale is only as good as it says.
  if (entries.some(entry => entry?.stale)) return;
  teller.event({ kind: 'together', tenant, ns: entries.map(entry => (entry?.value as SeenValue | undefined)?.n ?? 0) });
}

async function tellMemory(): Promise<void> {
  await teller.flush();
  const entries = watched.map(({ tenant, ref }) => {
    const entry = client.tenant(tenant).peekEntry(ref);
    return entry ? seen({ tenant, ref }, entry) : { tenant, address: ref.address };
  });
  await teller.say({ kind: 'memory', memory: { entries, scopes: rememberedScopes(client), stats: client.stats() } });
}

function seen({ tenant, ref }: Address, { value, version, stale, age }: Entry<unknown>): Seen {
  const shown = value === undefined ? undefined : seenValue(ref.address, value);
  return { tenant, address: ref.address, version, value: shown, stale, age };
}

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
