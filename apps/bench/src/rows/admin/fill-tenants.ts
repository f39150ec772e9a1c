import type { MikroORM } from '@mikro-orm/core';

/** So many tenants that have the value that is set first. */
export async function fillTenants(orm: MikroORM, count: number): Promise<void> {
  const connection = orm.em.getConnection() as unknown as { execute(sql: string): Promise<unknown> };
  const [columns] = [
    (await connection.execute("select * from tenantry_config where name = 'plan' limit 1")) as Record<
      string,
      unknown
    >[],
  ];
  const names = Object.keys(columns[0] ?? {}).filter(name => name !== 'id');
  const values = names.map(name => (name === 'tenant' ? "concat('many-', seq)" : `c.${name}`));
  await connection.execute(
    `insert into tenantry_config (${names.join(', ')})
      select ${values.join(', ')} from seq_1_to_${count} join (select * from tenantry_config where name = 'plan' limit 1) c`,
  );
}
