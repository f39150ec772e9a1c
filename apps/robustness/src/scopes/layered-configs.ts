import { defineConfig, type Ref } from '@tenantry/protocol';
import { configAddress } from '@tenantry/protocol/wire';
import { libraryHere } from '../traffic/settings.ts';
import { type Layered, layeredSchemas } from './layered-schemas.ts';
import { GROUPS_NAME, type LayeredName } from './scopes-state.ts';

const schemas = await layeredSchemas[libraryHere()]();

const nothing: Layered = { marks: { default: 'default' }, fields: { a: 'default', e: null }, items: [{ id: 'i0' }] };
const merging = {
  schema: schemas.layered,
  default: nothing,
  inherit: 'merge',
  mergeListsBy: { '/items': 'id' },
} as const;

/** Two that each scope sets in one transaction, or not at all. */
export const merged = defineConfig({ ...merging, name: 'merged' });
export const twin = defineConfig({ ...merging, name: 'twin' });
export const replaced = defineConfig({ name: 'replaced', schema: schemas.layered, inherit: 'replace' });
export const range = defineConfig({
  name: 'range',
  schema: schemas.range,
  default: { marks: { default: 'default' }, low: 0, high: 100 },
  inherit: 'merge',
});

export const layeredConfigs = { merged, twin, replaced, range } as const satisfies Record<LayeredName, unknown>;
export const LAYERED_NAMES = Object.keys(layeredConfigs) as LayeredName[];

/** Where a tenant's own groups are. No definition of an application makes this ref: it is only ever peeked at. */
export const groupsRef = {
  address: configAddress(GROUPS_NAME),
  definition: merged.definition,
} as unknown as Ref<readonly string[]>;
