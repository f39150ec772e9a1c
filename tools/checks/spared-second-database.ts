import { globSync } from 'node:fs';
import { root } from '../command.ts';
import type { ImportRule } from './import-rules.ts';

const WAYS_TO_A_DATABASE = ['@mikro-orm/core', '@tenantry/mikro-orm', 'mysql2'];

/** The packages that may import nothing which speaks to a database: their tests need no second one. */
export function withoutDatabase(rules: Readonly<Record<string, ImportRule>>): string[] {
  const mayImport = (name: string): readonly string[] => rules[name]?.packages ?? [];
  return Object.keys(rules).filter(name => !WAYS_TO_A_DATABASE.some(way => mayImport(name).includes(way)));
}

/** Above the ORM there is no SQL: these folders are about BullMQ, about the program and about machines with Redis. */
export const WITHOUT_SQL = ['packages/worker/src', 'apps/robustness/src/machines'];

/** Elsewhere, what is about Redis, about time or about the documents, and no SQL. */
export const NOT_ABOUT_SQL = [
  'apps/robustness/src/load-by-workers.int.test.ts',
  'apps/robustness/src/skewed-clocks.int.test.ts',
  'packages/admin/src/auth/oidc/issuer-tokens.alone.test.ts',
  'packages/admin/src/auth/oidc/oidc.alone.test.ts',
  'packages/admin/src/calls/access-table.int.test.ts',
  'packages/admin/src/events/event-streams.int.test.ts',
  'packages/admin/src/events/many-streams.int.test.ts',
  'packages/admin/src/guide.alone.test.ts',
  'packages/admin/src/main.alone.test.ts',
  'packages/admin/src/ofrep/providers.int.test.ts',
  'packages/admin/src/page/aids.alone.test.ts',
  'packages/admin/src/page/controls.alone.test.ts',
  'packages/admin/src/page/copy-several.alone.test.ts',
  'packages/admin/src/page/held-streams.alone.test.ts',
  'packages/admin/src/page/live.alone.test.ts',
  'packages/admin/src/page/looks.alone.test.ts',
  'packages/admin/src/page/read-only.alone.test.ts',
  'packages/admin/src/page/sign-in.alone.test.ts',
  'packages/admin/src/page/stories.alone.test.ts',
  'packages/loader/src/many-files.int.test.ts',
  'packages/loader/src/watch/watch-folder.int.test.ts',
  'packages/mikro-orm/src/own-redis.alone.test.ts',
  'packages/mikro-orm/src/publish/commits/background-in-trouble.int.test.ts',
  'packages/mikro-orm/src/publish/redis-in-trouble.int.test.ts',
  'packages/mikro-orm/src/reconcile/rewind/redis-went-back.int.test.ts',
  'packages/mikro-orm/src/write-back/durable-redis.int.test.ts',
  'packages/mikro-orm/src/write-back/redis-in-trouble.int.test.ts',
  'packages/testing/src/servers/process/leftovers.alone.test.ts',
  'packages/testing/src/servers/start-redis-server.alone.test.ts',
  'tools/admin-pictures/admin-pictures.alone.test.ts',
  'tools/nestjs-guide/nestjs-guide.alone.test.ts',
  'tools/redis-options-away.int.test.ts',
  'tools/redis-options.int.test.ts',
  'tools/traces/processes.alone.test.ts',
  'tools/walk.alone.test.ts',
];

/** What is run on the second database even so: processes and writers that meet in its rows. */
export const MEET_IN_ROWS = [
  'packages/worker/src/many-processes.alone.test.ts',
  'packages/worker/src/queues/flush-kills.alone.test.ts',
  'packages/worker/src/start-worker.int.test.ts',
  'packages/worker/src/tasks/janitors.int.test.ts',
];

/** The test files, as globs from the root, that the second database is spared: the first one has shown all that they are about. */
export function sparedSecondDatabase(rules: Readonly<Record<string, ImportRule>>): string[] {
  const above = globSync(
    WITHOUT_SQL.map(folder => `${folder}/**/*.test.ts`),
    { cwd: root },
  );
  return [...withoutDatabase(rules).map(name => `packages/${name}/**`), ...above.filter(isSpared), ...NOT_ABOUT_SQL];
}

function isSpared(file: string): boolean {
  return !MEET_IN_ROWS.includes(file);
}
