import type { DatabaseKind } from '../../packages/testing/src/servers/database-server.ts';
import type { RedisKind } from '../../packages/testing/src/servers/redis-kind.ts';
import { startServices } from '../../packages/testing/src/servers/start-services.ts';
import { type Check, skipped } from './check.ts';
import { runIntegration } from './integration.ts';

interface ServerRow {
  readonly redis: RedisKind;
  readonly database: DatabaseKind;
  /** The packages whose integration tests are about these servers. */
  readonly packages: readonly string[];
  /** Test files of other packages that are, too. */
  readonly files?: readonly string[];
  /** Test files that are about something these servers do not have. */
  readonly without?: readonly string[];
}

/** Of mikro-orm: what asks more of Redis than to take a publish. */
const DEEP_IN_REDIS = [
  ...['write-back/', 'configs/config-quota.', 'configs/last-place.', 'config-store/register-config.'],
  ...['publish/', 'reconcile/audit/'],
].map(path => `packages/mikro-orm/src/${path}`);

const ROWS: readonly ServerRow[] = [
  {
    redis: 'redis-8',
    database: 'mariadb',
    packages: ['redis', 'sdk', 'openfeature', 'worker-source', 'worker'],
    files: DEEP_IN_REDIS,
  },
  {
    redis: 'valkey-9',
    database: 'mariadb',
    packages: ['redis', 'sdk', 'openfeature', 'worker-source', 'worker'],
    files: DEEP_IN_REDIS,
  },
  // Capture by triggers knows the SQL of MySQL and MariaDB.
  { redis: 'redis', database: 'postgresql', packages: ['mikro-orm', 'worker'], without: ['**/trigger-*.test.ts'] },
];

/** The integration tests on servers that the other checks do not have; docs/reference/servers.md has the whole table. */
export const serverChecks: readonly Check[] = ROWS.map(({ redis, database, packages, files = [], without = [] }) => {
  const name = `servers: ${redis}, ${database}`;
  return {
    name,
    optIn: true,
    run: async () => {
      // Tests that start a Redis of their own take this kind, too.
      process.env.TENANTRY_REDIS = redis;
      try {
        await using services = await startServices({ database, onProgress: line => console.log(`  … ${line}`) });
        const folders = packages.map(each => `packages/${each}/src`);
        const filters = [
          ...folders,
          ...files,
          'apps/robustness/src/machines',
          ...without.map(each => `--exclude=${each}`),
        ];
        const outcome = await runIntegration(name, async () => services, filters);
        return { ...outcome, note: [services.describe(), outcome.note].filter(Boolean).join('; ') };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return process.env.CI ? { passed: 0, failed: 1, output: why } : skipped(why);
      } finally {
        delete process.env.TENANTRY_REDIS;
      }
    },
  };
});
