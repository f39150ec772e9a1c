import { type ConfigDefinition, defineConfig } from '@tenantry/protocol';

/** A validator that costs next to nothing: it is not what is measured. */
const schema = {
  '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value }) },
} as const;

/** A config that Redis does not have until somebody reads it; another for each round. */
export function coldConfig(round: number): ConfigDefinition<{ n: number }, { n: number }> {
  const name = `cold/${round < 0 ? 'none' : round}`;
  return defineConfig({ name, schema: schema as never, writePolicy: 'write-around', databaseTimeout: '30s' }) as never;
}
