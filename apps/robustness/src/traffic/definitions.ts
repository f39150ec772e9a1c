import { defineConfig, defineSync } from '@tenantry/protocol';
import type { z } from 'zod';
import { stampedSchemas } from '../drawn/stamped-schemas.ts';
import { libraryHere } from './settings.ts';

/** A row that is changed in every way there is. */
export interface Plan {
  /** Given by the writer, so that a deleted row's id comes back. */
  id: number;
  tenantId: string;
  /** Unique within the tenant. */
  slug: string | null;
  /** Goes up with each change of this record, drawn under a lock: the order that the database knows. */
  n: number;
  /** Names the transaction, or the savepoint, that wrote it. */
  stamp: string;
  notes: string;
}

/** A row of another table, which is only ever written together with a plan and a config. */
export interface Limit {
  id: number;
  tenantId: string;
  n: number;
  stamp: string;
}

export const plans = defineSync<Plan>()({
  name: 'plans',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'], idAndSlug: ['id', 'slug'] },
  omit: ['notes'],
});

/** The same rows once more, with what makes them too large to be pushed. */
export const largePlans = defineSync<Plan>()({ name: 'large-plans', tenant: 'tenantId', keys: { id: ['id'] } });

export const limits = defineSync<Limit>()({ name: 'limits', tenant: 'tenantId', keys: { id: ['id'] } });

const schema = await stampedSchemas[libraryHere()]();

/** What every config here holds. */
export type Stamped = z.infer<typeof schema>;

export const paired = defineConfig({ name: 'paired', group: 'pairs', schema });
export const through = defineConfig({ name: 'through', schema, writePolicy: 'write-through' });
export const around = defineConfig({ name: 'around', schema, writePolicy: 'write-around' });
export const back = defineConfig({ name: 'back', schema, writePolicy: 'write-back' });

export const configs = { paired, through, around, back } as const;
export type ConfigName = keyof typeof configs;
