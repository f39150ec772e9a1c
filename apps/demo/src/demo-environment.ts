/** What the supervisor tells each of its processes. */
export interface DemoEnvironment {
  readonly databaseUrl: string;
  readonly databaseKind: 'mariadb' | 'mysql';
  readonly redisUrl: string;
  readonly prefix: string;
  /** How often the worker flushes write-backs. */
  readonly flushEveryMs: number;
  /** Where readers keep their snapshot files. */
  readonly folder: string;
}

const NAME = 'TENANTRY_DEMO';

export function asVariables(environment: DemoEnvironment): Record<string, string> {
  return { [NAME]: JSON.stringify(environment) };
}

export function demoEnvironment(): DemoEnvironment {
  const given = process.env[NAME];
  if (given === undefined) throw new Error('This process is started by the demo: npm start');
  return JSON.parse(given);
}
