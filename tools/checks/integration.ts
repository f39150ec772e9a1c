import { ensureChromium } from '../../packages/testing/src/browser/ensure-chromium.ts';
import {
  type Services,
  type ServicesOptions,
  startServices,
} from '../../packages/testing/src/servers/start-services.ts';
import { type Check, type Outcome, skipped, together } from './check.ts';
import { importRules } from './import-rules.ts';
import { lanes } from './lanes.ts';
import { sparedSecondDatabase } from './spared-second-database.ts';
import { runVitest } from './vitest-check.ts';

type Kind = NonNullable<ServicesOptions['database']>;

/**
 * The integration tests on real servers of the given kind, or on those given in the environment. Two kinds may be checked at the same
 * time: each lane has one of them at a time, and goes on with the second while the other lane is still busy with the first.
 */
export function integrationCheck(kind: Kind): Check {
  const name = `integration on ${kind}`;
  return {
    name,
    run: async () => {
      if (process.env.TENANTRY_DATABASE_URL && kind === 'mysql') {
        return skipped('the servers are given, and the tests ran on them already');
      }
      // What is about no SQL has been tested with the first.
      const spared = kind === 'mysql' ? sparedSecondDatabase(importRules) : [];
      const exclude = spared.map(each => `--exclude=${each}`);
      // Started by the lane that is free first.
      let starting: Promise<Services> | undefined;
      let beganAt = performance.now();
      const started = (): Promise<Services> => {
        if (!starting) beganAt = performance.now();
        starting ??= start(kind);
        return starting;
      };
      try {
        const outcome = await runIntegration(name, started, exclude);
        const { describe } = await started();
        return { ...outcome, beganAt, note: [describe(), outcome.note].filter(Boolean).join('; ') };
      } catch (error) {
        const hasServers = await starting?.then(() => true).catch(() => false);
        if (hasServers) throw error;
        const why = error instanceof Error ? error.message : String(error);
        // One database is a must; the second may be missing on a developer's machine, not in CI.
        if (kind === 'mysql' && !process.env.CI) return skipped(why);
        return { passed: 0, failed: 1, output: why };
      } finally {
        const services = await starting?.catch(() => undefined);
        await services?.close();
      }
    },
  };
}

/** Both kinds of files side by side, each in its lane: many that share the servers, and one at a time of the others. */
export async function runIntegration(
  name: string,
  started: () => Promise<Services>,
  more: readonly string[],
): Promise<Outcome> {
  const run = async (project: string, report: string): Promise<Outcome> => {
    const { databaseUrl, redisUrl } = await started();
    const env = { TENANTRY_TEST_DATABASE_URL: databaseUrl, TENANTRY_TEST_REDIS_URL: redisUrl };
    return runVitest(project, report, env, more);
  };
  return together(
    await Promise.all([
      lanes.shared.turn(() => run('integration', name)),
      lanes.alone.turn(() => run('alone', `${name}, alone`)),
    ]),
  );
}

async function start(kind: Kind): Promise<Services> {
  const onProgress = (line: string) => console.log(`  … ${line}`);
  // Here, where its installation can say that it goes on. Without one the tests of the page fail, and say what to do.
  await ensureChromium(onProgress).catch(() => undefined);
  return startServices({ database: kind, onProgress });
}
