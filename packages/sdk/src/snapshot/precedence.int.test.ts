import { readFile, writeFile } from 'node:fs/promises';
import { type ConfigDefinition, defineConfig, TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { ClientOptions } from '../client-options.ts';
import { startFaultyWorld } from '../faulty-world.fixture.ts';
import { configPut, configUnset, PATIENT } from '../published-configs.fixture.ts';
import type { World } from '../world.fixture.ts';
import { bootstrapValue } from './bootstrap.ts';
import { freshFolder } from './snapshot.fixture.ts';

const schema = z.object({ from: z.string() });
type Shown = ConfigDefinition<{ from: string }, { from: string }>;
const defaulted: Shown = defineConfig({ name: 'defaulted', schema, default: { from: 'default' }, ...PATIENT });
/** Without a default. */
const bare: Shown = defineConfig({ name: 'bare', schema, ...PATIENT });

const DAYS = 2 * 86_400_000;

/** One cell. What is not named is as usual: the file has v5, Redis has v6, nothing is pushed, `bootstrap` is given. */
interface Cell {
  readonly level: 'live' | 'Redis' | 'snapshot' | 'bootstrap' | 'default';
  readonly state: string;
  readonly config?: Shown;
  /** The version that Redis has, or what else is with it. */
  readonly redis?: number | 'away' | 'unset' | 'undecodable';
  readonly file?: 'none' | 'too old' | 'of the future' | 'damaged';
  readonly bootstrap?: 'none' | 'refused';
  /** A version that is pushed after the client has read. */
  readonly pushed?: number | 'undecodable' | 'cut off';
  readonly shows?: 'live' | 'redis' | 'file' | 'bootstrap' | 'default' | undefined;
  readonly origin?: string;
  readonly stale?: boolean;
}

const CELLS: readonly Cell[] = [
  { level: 'live', state: 'absent', pushed: 'cut off', shows: 'redis', origin: 'memory', stale: true },
  { level: 'live', state: 'older', pushed: 5, shows: 'redis', origin: 'memory', stale: false },
  { level: 'live', state: 'newer', pushed: 7, shows: 'live', origin: 'memory', stale: false },
  { level: 'live', state: 'corrupt', pushed: 'undecodable', shows: 'redis', origin: 'memory', stale: true },
  { level: 'Redis', state: 'absent: it is away', redis: 'away', shows: 'file', origin: 'snapshot', stale: true },
  // G2
  {
    level: 'Redis',
    state: 'absent: it has nothing',
    redis: 'unset',
    shows: 'default',
    origin: 'default',
    stale: false,
  },
  { level: 'Redis', state: 'older', redis: 4, shows: 'redis', stale: false },
  { level: 'Redis', state: 'newer', redis: 6, shows: 'redis', stale: false },
  { level: 'Redis', state: 'corrupt', redis: 'undecodable', shows: 'file', stale: true },
  {
    level: 'snapshot',
    state: 'absent',
    redis: 'away',
    file: 'none',
    shows: 'bootstrap',
    origin: 'bootstrap',
    stale: true,
  },
  {
    level: 'snapshot',
    state: 'older',
    redis: 'away',
    file: 'too old',
    shows: 'bootstrap',
    origin: 'bootstrap',
    stale: true,
  },
  {
    level: 'snapshot',
    state: 'newer',
    redis: 'away',
    file: 'of the future',
    shows: 'bootstrap',
    origin: 'bootstrap',
    stale: true,
  },
  {
    level: 'snapshot',
    state: 'corrupt',
    redis: 'away',
    file: 'damaged',
    shows: 'bootstrap',
    origin: 'bootstrap',
    stale: true,
  },
  {
    level: 'bootstrap',
    state: 'absent',
    redis: 'away',
    file: 'none',
    bootstrap: 'none',
    shows: 'default',
    origin: 'default',
    stale: true,
  },
  { level: 'bootstrap', state: 'older than Redis', file: 'none', shows: 'redis', stale: false },
  { level: 'bootstrap', state: 'newer than the file', redis: 'away', shows: 'file', origin: 'snapshot', stale: true },
  { level: 'bootstrap', state: 'corrupt', bootstrap: 'refused' },
  {
    level: 'default',
    state: 'absent',
    config: bare,
    redis: 'unset',
    file: 'none',
    bootstrap: 'none',
    shows: undefined,
    stale: false,
  },
  {
    level: 'default',
    state: 'older than all',
    redis: 'away',
    file: 'none',
    shows: 'bootstrap',
    origin: 'bootstrap',
    stale: true,
  },
  { level: 'default', state: 'newer than all', shows: 'redis', stale: false },
];

it.each(CELLS)('$level, $state', async cell => {
  // R12 (reader)
  const { config = defaulted, redis = 6, file = undefined, bootstrap = undefined, pushed } = cell;
  await using faulty = await startFaultyWorld();
  await using folder = await freshFolder();
  const { world, proxy } = faulty;
  const put = (version: number, from: string) => configPut(config, version, { from });
  const snapshotFile = { path: folder.path };
  await world.apply('acme', put(5, 'file'));
  await writeFileBy(world, { snapshotFile }, config);
  if (file === 'damaged') await damage(folder.path);
  await bring(world, redis, config, put);
  if (redis === 'away') proxy.set('refuse');
  const given = bootstrap === 'refused' ? { from: 1 } : { from: 'bootstrap' };
  const opening = faulty.client({
    readTimeoutMs: redis === 'away' ? 300 : 15_000,
    ...(file === 'none' ? undefined : { snapshotFile }),
    ...(bootstrap === 'none' ? undefined : { bootstrap: [bootstrapValue(config, given as { from: string }, 'acme')] }),
    ...(file === 'too old' ? { clock: () => Date.now() + DAYS } : undefined),
    ...(file === 'of the future' ? { clock: () => Date.now() - DAYS } : undefined),
  });
  if (bootstrap === 'refused') {
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    return;
  }
  const acme = (await opening).tenant('acme');
  if (pushed !== undefined) {
    await eventually(async () => expect(await acme.entry(config)).toMatchObject({ version: 6, stale: false }));
    if (pushed === 'cut off') proxy.set('refuse');
    else if (pushed === 'undecodable') await world.apply('acme', undecodable(config, 7));
    else await world.apply('acme', put(pushed, 'live'));
  }
  await eventually(async () => {
    const entry = await acme.entry(config);
    expect(entry.value?.from).toBe(cell.shows);
    expect(entry.stale).toBe(cell.stale);
    if (cell.origin !== undefined && entry.origin !== 'redis') expect(entry.origin).toBe(cell.origin);
    if (entry.origin !== 'default') expect(acme.peek(config)).toBe(entry.value);
  });
});

it('a default that its schema refuses is an error where it is defined', () => {
  // R12 (reader): default, corrupt
  const refused = { from: 1 } as unknown as { from: string };
  expect(() => defineConfig({ name: 'refused', schema, default: refused })).toThrow(TenantryError);
});

async function writeFileBy(world: World, options: Partial<ClientOptions>, config: Shown): Promise<void> {
  const client = await world.client(options);
  await client.tenant('acme').get(config);
  await client.close();
}

async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = bytes.length - 10;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(path, bytes);
}

async function bring(
  world: World,
  redis: Cell['redis'],
  config: Shown,
  put: (version: number, from: string) => ReturnType<typeof configPut>,
): Promise<void> {
  if (redis === 'unset') await world.apply('acme', configUnset(config, 6));
  else if (redis === 'undecodable') await world.apply('acme', undecodable(config, 6));
  else if (redis === 4) {
    // Within one life of the feed no version ever goes back: this is another one.
    await world.redis.del(await world.redis.keys(`${world.prefix}*`));
    const token = (await world.replica.beginFill()) as string;
    await world.apply('acme', put(4, 'redis'));
    await world.replica.completeFill(token, 1);
  } else await world.apply('acme', put(6, 'redis'));
}

/** The schema refuses it. */
function undecodable(config: Shown, version: number) {
  return configPut(config, version, { from: 1 });
}
