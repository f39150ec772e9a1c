import { dockerAnswers } from './docker.ts';
import { ensureDebianTree, programOfTree } from './install/debian-tree.ts';
import { ensureProgram } from './install/ensure-program.ts';
import { findProgram } from './install/find-program.ts';
import { runToEnd } from './process/run-to-end.ts';

/** `redis` is this machine's own, whichever that is. */
export type RedisKind = 'redis' | 'redis-8' | 'valkey-9';

const IMAGES: Readonly<Record<RedisKind, string>> = {
  redis: 'redis:7-alpine',
  'redis-8': 'redis:8-alpine',
  'valkey-9': 'valkey/valkey:9-alpine',
};

/** Where a server comes from: a command of this machine, or an image. */
export type RedisOrigin = { readonly command: readonly string[] } | { readonly image: string };

/** TENANTRY_REDIS, else this machine's own. */
export function redisKindFromEnvironment(): RedisKind {
  const kind = process.env.TENANTRY_REDIS || 'redis';
  if (Object.hasOwn(IMAGES, kind)) return kind as RedisKind;
  throw new Error(`TENANTRY_REDIS must be one of ${Object.keys(IMAGES).join(', ')}, got "${kind}"`);
}

/** How to run a server of this kind or a later one, after fetching it where that needs nobody's permission. */
export async function findRedis(kind: RedisKind, onProgress?: (line: string) => void): Promise<RedisOrigin> {
  const names = ['redis-server', 'valkey-server'];
  if (kind === 'redis') {
    if (!findProgram(...names) && (await dockerAnswers())) return { image: IMAGES[kind] };
    return { command: [await ensureProgram({ names, debian: ['redis-server'], brew: 'redis' }, onProgress)] };
  }
  const [name, major] = kind === 'redis-8' ? ['redis-server', 8] : ['valkey-server', 9];
  const own = findProgram(name);
  if (own && (await majorOf(own)) >= major) return { command: [own] };
  if (await dockerAnswers()) return { image: IMAGES[kind] };
  return { command: programOfTree(await ensureDebianTree('redis', onProgress), name) };
}

/** `Redis server v=7.0.15 sha=…`, `Valkey server v=9.1.2 sha=…` */
async function majorOf(program: string): Promise<number> {
  return Number(/v=(\d+)/.exec(await runToEnd(program, ['--version']))?.[1] ?? 0);
}
