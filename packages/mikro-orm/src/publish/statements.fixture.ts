import type { TestSystem } from '../system.fixture.ts';

type Execute = (sql: unknown, ...others: unknown[]) => Promise<unknown>;

/** Stands between a system and its database, and passes every statement on. */
export function aroundStatements(
  { orm }: TestSystem,
  around: (sql: string, execute: () => Promise<unknown>) => Promise<unknown>,
): void {
  const connection = orm.em.getConnection('write') as unknown as { execute: Execute };
  const execute = connection.execute.bind(connection);
  connection.execute = (sql, ...others) => around(String(sql), () => execute(sql, ...others));
}

/** What is published stays in the outbox until the end of the block. */
export function holdAcknowledgements(system: TestSystem): Disposable {
  const released = Promise.withResolvers<void>();
  aroundStatements(system, async (sql, execute) => {
    if (/^delete from \S*tenantry_outbox/.test(sql)) await released.promise;
    return execute();
  });
  return { [Symbol.dispose]: released.resolve };
}
