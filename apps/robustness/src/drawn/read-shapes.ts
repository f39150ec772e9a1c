import type { RowDataPacket } from 'mysql2/promise';
import { at, type Expected } from '../final/final-state.ts';
import type { ShapeName } from './draw-world.ts';
import { refsOf, shapes } from './shapes.ts';

const TABLES: Readonly<Record<ShapeName, string>> = {
  uuid: 'shape_uuid',
  composite: 'shape_composite',
  sti: 'shape_sti',
  tpt: 'shape_tpt',
  pivot: 'shape_bundle',
  json: 'shape_json',
  dates: 'shape_dates',
};

/** What the tables say of a world's shapes, in SQL that knows no naming strategy: names of columns are only told apart. */
export async function readShapes(
  names: readonly ShapeName[],
  all: (sql: string) => Promise<RowDataPacket[]>,
  expected: Map<string, Expected>,
): Promise<void> {
  for (const name of names) {
    const items = name === 'pivot' ? await all('select * from shape_bundlepart') : [];
    for (const row of await all(`select * from ${TABLES[name]}`)) {
      const { slot, n, stamp } = row;
      const tenantId: string = column(row, /^tenant/);
      const parts = items.filter(item => column(item, /^bundle/) === slot).map(item => column(item, /^part/));
      const more = shapes[name].more({ ...shapes[name].key(slot), ...shapes[name].fields(slot, n), parts });
      for (const { address } of refsOf(name, slot))
        expected.set(at(tenantId, address), {
          owner: undefined,
          value: { id: slot, tenantId, n, stamp, more },
          version: undefined,
        });
    }
  }
}

function column<T>(row: RowDataPacket, name: RegExp): T {
  return row[Object.keys(row).find(each => name.test(each)) as string];
}
