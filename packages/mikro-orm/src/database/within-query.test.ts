import { EntitySchema } from '@mikro-orm/core';
import { MikroORM as MariaDbORM } from '@mikro-orm/mariadb';
import { MikroORM as MySqlORM } from '@mikro-orm/mysql';
import { MikroORM as PostgreSqlORM } from '@mikro-orm/postgresql';
import { MikroORM as SqliteORM } from '@mikro-orm/sqlite';
import { expect, it, vi } from 'vitest';
import { cancelledBy, withinQuery } from './within-query.ts';

const Thing = new EntitySchema<{ id: number }>({
  name: 'Thing',
  properties: { id: { type: 'integer', primary: true } },
});
const options = { dbName: 'things', entities: [Thing] };
const { signal } = new AbortController();
const transaction = {};
const cancelling = { signal, inflightQueryAbortStrategy: 'cancel query' };

it('aborts what did not end within its budget, and tells its caller at the same moment', async () => {
  vi.useFakeTimers();
  try {
    const aborted = vi.fn();
    const query = (over: AbortSignal) =>
      new Promise<never>((_, reject) => {
        over.addEventListener('abort', () => {
          aborted();
          reject(over.reason); // an unhandled rejection would fail this file
        });
      });
    const result = expect(withinQuery(100, 'Reading', query)).rejects.toMatchObject({
      ...{ code: 'TIMEOUT', message: 'Reading took longer than its budget of 100 ms.' },
    });
    await vi.advanceTimersByTimeAsync(99);
    expect(aborted).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await result;
    expect(aborted).toHaveBeenCalledOnce();
  } finally {
    vi.useRealTimers();
  }
});

it('aborts nothing that ended in time', async () => {
  let given: AbortSignal | undefined;
  const query = async (over: AbortSignal) => {
    given = over;
    return 1;
  };
  expect(await withinQuery(1_000, 'Reading', query)).toBe(1);
  expect(given?.aborted).toBe(false);
});

it.each([MariaDbORM, MySqlORM as unknown as typeof MariaDbORM])(
  'cancels a statement, also in the transaction of a caller: %#',
  ORM => {
    const { driver } = new ORM(options);
    expect(cancelledBy(driver, signal)).toEqual(cancelling);
    expect(cancelledBy(driver, signal, transaction)).toEqual(cancelling);
    expect(cancelledBy(driver, undefined)).toBeUndefined();
  },
);

it('leaves alone the transaction of a caller where one cancelled statement would end all of it', () => {
  const { driver } = new PostgreSqlORM(options);
  expect(cancelledBy(driver, signal)).toEqual(cancelling);
  expect(cancelledBy(driver, signal, transaction)).toBeUndefined();
});

it('gives no signal to a database that would refuse the query with it', () => {
  expect(cancelledBy(new SqliteORM({ ...options, dbName: ':memory:' }).driver, signal)).toBeUndefined();
  const dialect = { createDriver: () => undefined };
  for (const driverOptions of [dialect, () => dialect, { executeQuery: () => undefined }])
    expect(cancelledBy(new MySqlORM({ ...options, driverOptions } as never).driver, signal)).toBeUndefined();
  expect(cancelledBy(new MySqlORM({ ...options, driverOptions: { dateStrings: true } }).driver, signal)).toBeDefined();
});

it('gives no signal to a MikroORM that cannot end a transaction after it', () => {
  const { driver } = new MySqlORM(options);
  Object.assign(driver.getConnection('write'), { waitForIdleTransaction: undefined });
  expect(cancelledBy(driver, signal)).toBeUndefined();
});
