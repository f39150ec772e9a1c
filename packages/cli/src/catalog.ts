import { type Catalog, leaf } from './program/catalog.ts';

/** Every command. Each is loaded when it is called. */
export const CATALOG: Catalog = {
  get: leaf('Shows a config of a scope', () => import('./commands/configs/get.ts'), 'get'),
  list: leaf('Lists the configs of a scope', () => import('./commands/configs/list.ts'), 'list'),
  set: leaf('Sets the value of a config', () => import('./commands/configs/set.ts'), 'set'),
};
