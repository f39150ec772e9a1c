import { groupsRef, layeredConfigs } from '../../scopes/layered-configs.ts';
import { GROUPS_NAME } from '../../scopes/scopes-state.ts';

/** Which config of scopes an address is of. */
export const addressedConfigs: ReadonlyMap<string, string> = new Map([
  ...Object.entries(layeredConfigs).map(([name, { address }]): [string, string] => [address, name]),
  [groupsRef.address, GROUPS_NAME],
]);
