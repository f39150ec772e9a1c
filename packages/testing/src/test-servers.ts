/** The servers that the test runner started for everybody. */
export interface TestServers {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

export function testServers(): TestServers {
  return { databaseUrl: required('TENANTRY_TEST_DATABASE_URL'), redisUrl: required('TENANTRY_TEST_REDIS_URL') };
}

function required(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `${name} is not set: name the test file *.int.test.ts or *.alone.test.ts, so that its servers are started`,
    );
  return value;
}
