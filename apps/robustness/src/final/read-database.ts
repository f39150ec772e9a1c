import { refAddress } from '@tenantry/protocol/wire';
import type { Pool, RowDataPacket } from 'mysql2/promise';
import type { ShapeName } from '../drawn/draw-world.ts';
import { readShapes } from '../drawn/read-shapes.ts';
import { readScopes } from '../scopes/read-scopes.ts';
import type { ScopesState } from '../scopes/scopes-state.ts';
import { TENANTS } from '../traffic/addresses.ts';
import { type ConfigName, configs, largePlans, limits, plans } from '../traffic/definitions.ts';
import { at, type Expected, type FinalState, type Revision } from './final-state.ts';

type DatabaseState = Pick<FinalState, 'expected' | 'waiting' | 'committed' | 'revisions'> & {
  readonly scopes: Pick<ScopesState, 'tables' | 'revisions'>;
};

// Written out in SQL: what checks the replication must not share its way of reading.
export async function readDatabase(pool: Pool, shapes: readonly ShapeName[]): Promise<DatabaseState> {
  const connection = await pool.getConnection();
  const all = async (sql: string): Promise<RowDataPacket[]> => (await connection.query<RowDataPacket[]>(sql))[0];
  try {
    await connection.query('start transaction with consistent snapshot, read only');
    const expected = new Map<string, Expected>();
    for (const row of await all('select id, tenant_id as tenantId, slug, n, stamp from plan'))
      for (const definition of [plans, largePlans]) addRow(expected, definition, row);
    for (const row of await all('select id, tenant_id as tenantId, n, stamp from limits'))
      addRow(expected, limits, row);
    await readShapes(shapes, all, expected);
    const configRows = await all(
      'select tenant, name, value, version from tenantry_config where value is not null and deleted_at is null',
    );
    for (const { tenant, name, value, version } of configRows) {
      const definition = configs[name as ConfigName];
      if (!definition || !isKnown(tenant)) continue;
      const isOptional = definition.writePolicy === 'write-around';
      const standing = { owner: definition.address, value: JSON.parse(value), version: Number(version), isOptional };
      expected.set(at(tenant, definition.address), standing);
    }
    const outbox = await all('select id, source, record_id, attempts, available_at from tenantry_outbox limit 20');
    const ledger = await all('select distinct stamp from ledger');
    const history = await all(
      'select tenant, name, version, value, write_id as writeId from tenantry_config_revision order by id',
    );
    const revisions = history.map(
      ({ tenant, name, version, value, writeId }): Revision => ({
        tenant,
        config: name,
        version: Number(version),
        stamp: value === null ? undefined : JSON.parse(value).stamp,
        isWriteBack: writeId !== null,
      }),
    );
    const committed = new Set(ledger.map(row => String(row.stamp)));
    for (const { stamp } of revisions) if (stamp !== undefined) committed.add(stamp);
    return {
      expected,
      committed,
      revisions,
      scopes: await readScopes(all),
      waiting: outbox.map(
        ({ id, source, record_id, attempts, available_at }) =>
          `change ${id} of ${source} ${record_id} (${attempts} attempts${available_at === null ? ', dead' : ''})`,
      ),
    };
  } finally {
    await connection.query('commit').catch(() => undefined);
    connection.release();
  }
}

type RowDefinition = typeof plans | typeof largePlans | typeof limits;

function addRow(expected: Map<string, Expected>, definition: RowDefinition, row: RowDataPacket): void {
  const { id, tenantId, n, stamp } = row;
  const value = { id, tenantId, n, stamp };
  for (const [name, properties] of Object.entries(definition.keys) as [string, readonly string[]][]) {
    const key = Object.fromEntries(properties.map(property => [property, row[property]]));
    if (Object.values(key).some(part => part === null)) continue;
    const address = refAddress(definition.name, name, properties, key);
    expected.set(at(tenantId, address), { owner: `${definition.name}:${id}`, value, version: undefined });
  }
}

const isKnown = (tenant: string): boolean => (TENANTS as readonly string[]).includes(tenant);
