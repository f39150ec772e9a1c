import { openPartOrm } from '../../../../admin/src/part-orm.fixture.ts';

/** The config file of `tenantry load`, as a user would write one. */
export default async function config(): Promise<object> {
  const { orm, redis } = await openPartOrm();
  return { orm, close: () => redis.disconnect() };
}
