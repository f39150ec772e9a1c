import type { Api } from '../../connection/api.ts';
import { meant } from '../../connection/not-found.ts';
import { wrongUse } from '../../failures/failure.ts';
import { readDefinitions } from './read-definitions.ts';

/** Refuses names of configs that none of these servers has, before anything is done with them. `INVALID_OPTION` */
export async function checkConfigs(apis: readonly Api[], configs: readonly string[]): Promise<void> {
  if (configs.length === 0) return;
  const servers = await Promise.all(apis.map(readDefinitions));
  const unknown = configs.find(name => servers.every(({ all }) => all.every(each => each.name !== name)));
  if (unknown === undefined) return;
  const hint = meant(
    unknown,
    servers.flatMap(({ all }) => all),
  );
  throw wrongUse(`The server has no config "${unknown}", or you may not see it.${hint}`);
}
