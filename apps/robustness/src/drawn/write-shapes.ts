import type { EntityManager } from '@mikro-orm/core';
import { TENANTS } from '../traffic/addresses.ts';
import { ALL, draw, inTransaction, type KindOfWrite, UNDO, type WriteParts } from '../traffic/write-parts.ts';
import type { ShapeName } from './draw-world.ts';
import type { ShapeEntities } from './shape-entities.ts';
import { PARTS, type ShapeRow, SLOTS, shapes } from './shapes.ts';

/** Rows of the entities that the world has drawn. */
export const SHAPED: KindOfWrite = ['shape', 40, parts => inTransaction(parts, em => writeShapes(parts, em))];

async function writeShapes(parts: WriteParts, em: EntityManager): Promise<void> {
  const { random } = parts;
  // In one order everywhere, or nearly every one of them would end in a deadlock.
  const slots = random
    .shuffle(SLOTS)
    .slice(0, random.int(1, 3))
    .sort((a, b) => a - b);
  for (const slot of slots)
    for (const [name, entities] of parts.shapes)
      if (random.chance(0.7)) await writeRow(parts, em, name, entities, slot);
  if (random.chance(0.15)) throw UNDO;
}

/** Makes, changes, moves or deletes one row, or only changes what belongs to it. */
async function writeRow(
  { random, stamp }: WriteParts,
  em: EntityManager,
  name: ShapeName,
  entities: ShapeEntities,
  slot: number,
): Promise<void> {
  const { key, fields } = shapes[name];
  const Entity = entities.of(slot);
  const n = await draw(em, `${name}:${slot}`, stamp);
  const found = await em.findOne(Entity, key(slot) as never, ALL);
  const change = { n, stamp, ...fields(slot, n) };
  if (!found) em.create(Entity, { slot, tenantId: random.pick(TENANTS), ...key(slot), ...change } as never);
  else if (random.chance(0.15)) em.remove(found);
  else if (entities.items && random.chance(0.6)) await changeItem(em, entities, slot, random.pick(PARTS));
  else
    em.assign(found, {
      ...change,
      ...(random.chance(0.3) ? { tenantId: random.pick(TENANTS) } : {}),
    } as Partial<ShapeRow>);
  await em.flush();
}

/** Neither the owner's row nor its collection is touched: only the row between them. */
async function changeItem(em: EntityManager, { items }: ShapeEntities, bundle: number, part: number): Promise<void> {
  const item = await em.findOne(items as never, { bundle, part } as never, ALL);
  if (item) em.remove(item);
  else em.create(items as never, { bundle, part } as never);
}
