import type { Handler } from '../../calls/call.ts';
import type { HandlerParts } from '../../calls/handler-parts.ts';
import { checkDatabase } from '../../doctor/check-database.ts';
import { checkDefinitions } from '../../doctor/check-definitions.ts';
import { checkFeeds } from '../../doctor/check-feeds.ts';
import { checkInstallation, withoutOthers } from '../../doctor/check-installation.ts';
import { checkRedis } from '../../doctor/check-redis.ts';
import { checkRights } from '../../doctor/check-rights.ts';
import { checkWork } from '../../doctor/check-work.ts';

/** Looks at everything that has been known to go wrong. Changes nothing. */
export function examineInstallation(parts: HandlerParts): Handler<'operations.doctor'> {
  return async ({ now }) => {
    const found = await Promise.all([
      checkDatabase(parts),
      checkRedis(parts),
      checkInstallation(parts.replication),
      checkFeeds(parts),
      checkRights(parts.replication),
      checkWork(parts),
      checkDefinitions(parts.replication),
    ]);
    return { body: { at: now, version: parts.version, checks: [...withoutOthers(found.flat())] } };
  };
}
