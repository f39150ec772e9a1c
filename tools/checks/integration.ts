import { ensureChromium } from '../../packages/testing/src/browser/ensure-chromium.ts';
import {
  type Services,
  type ServicesOptions,
  startServices,
} from '../../packages/testing/src/servers/start-services.ts';
import { type Check, type Outcome, skipped, together } from './check.ts';
import { importRules } from './import-rules.ts';
import { sparedSecondDatabase } from './spared-second-database.ts';
import { runVitest } from './vitest-check.ts';

type Kind = NonNullable<ServicesOptions['database']>;

/** The integration tests on real servers of the given kind, or on those given in the environment. */
export function integrationCheck(kind: Kind): Check {
  const name = `integration on ${kind}`;
  return {
    name,
    run: async () => {
      if (process.env.TENANTRY_DATABASE_URL && kind === 'mysql') {
        return skipped('the servers are given, and the tests ran on them already');
      }
      const started = await start(kind);
      if ('outcome' in started) return started.outcome;
      const { services } = started;
      try {
        // What is about no SQL has been tested with the first.
        const spared = kind === 'mysql' ? sparedSecondDatabase(importRules) : [];
        const exclude = spared.map(each => `--exclude=${each}`);
        const outcome = await runIntegration(name, services, exclude);
        return { ...outcome, note: [services.describe(), outcome.note].filter(Boolean).join('; ') };
      } finally {
        await services.close();
      }
    },
  };
}

/** Both kinds side by side: many files that share the servers, and one at a time of those with servers of their own. */
export async function runIntegration(name: string, services: Services, more: readonly string[]): Promise<Outcome> {
  const env = {
    TENANTRY_TEST_DATABASE_URL: services.databaseUrl,
    TENANTRY_TEST_REDIS_URL: services.redisUrl,
  };
  return together(
    await Promise.all([
      runVitest('integration', name, env, more),
      runVitest('alone', `${name}, alone`, env, more), //
    ]),
  );
}

async function start(kind: Kind): Promise<{ readonly services: Services } | { readonly outcome: Outcome }> {
  const onProgress = (line: string) => console.log(`  … ${line}`);
  // Here, where its installation can say that it goes on. Without one the tests of the page fail, and say what to do.
  await ensureChromium(onProgress).catch(() => undefined);
  try {
    return { services: await startServices({ database: kind, onProgress }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // One database is a must; the second may be missing on a developer's machine, not in CI.
    if (kind === 'mysql' && !process.env.CI) return { outcome: skipped(why) };
    return { outcome: { passed: 0, failed: 1, output: why } };
  }
}
