import { type ConfigDefinition, defineConfig } from '@tenantry/protocol';

/** A validator that costs next to nothing: it is not what is measured. */
const schema = {
  '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value }) },
} as const;

export interface ColdValue {
  readonly n: number;
}

/** A config that Redis does not have until somebody reads it; another for each way and round. */
export function coldConfig(way: string, round: number): ConfigDefinition<ColdValue, ColdValue> {
  const name = `cold/${way}/${round}`;
  return defineConfig({ name, schema: schema as never, writePolicy: 'write-around', databaseTimeout: '30s' }) as never;
}
