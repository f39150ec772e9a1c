import type { MikroORM } from '@mikro-orm/core';
import type { RedisClient, Replica } from '@tenantry/redis';
import type { TransactionCapture } from '../capture/hooks/hook-subscriber.ts';
import type { Dialect } from '../database/dialect.ts';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import type { OnReport } from '../reports/report.ts';
import type { Identity } from './identity.ts';

/** What the parts of the config store work with. */
export interface ConfigParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly registry: DefinitionRegistry;
  readonly capture: TransactionCapture;
  readonly report: OnReport;
  readonly clock: () => number;
  readonly random: () => number;
  /** The most configs that one tenant may have set; undefined: no limit. */
  readonly maxConfigsPerTenant: number | undefined;
  /** Publishes everything the database has of a definition, as it is now. */
  publishAll(definition: ReplicatedDefinition): Promise<unknown>;
  /** Whoever `runAs` names around this call. */
  identity(): Identity;
}
