import { NOOP_PROVIDER, OpenFeature, type Provider } from '@openfeature/server-sdk';
import { createProvider } from '@tenantry/openfeature';
import { defineConfig } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import { createReplica } from '@tenantry/redis';
import { createClient } from '@tenantry/sdk';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';

const checkout = defineConfig({
  name: 'checkout',
  // Any schema will do: what is measured does not validate.
  schema: { '~standard': { version: 1, vendor: 'bench', validate: value => ({ value }) } },
});
const context = { targetingKey: 'acme' };

/** What an evaluation costs from the call of OpenFeature's client on: of a provider that looks nothing up, and of ours. */
export async function benchOpenFeature({ redis, prefix, rounds, size }: BenchContext): Promise<Figure[]> {
  const payload = createPayloadCodec().encode({ newFlow: true, limits: { most: 5 } });
  const envelope = encodeEnvelope({ version: 1, updatedAt: 1, expiresAt: 0, owner: checkout.address, payload });
  const put = { owner: checkout.address, version: 1, op: 'put', addresses: [checkout.address], envelope } as const;
  await createReplica({ redis, prefix }).apply('acme', [put]);
  await using client = await createClient({ redis, prefix, readTimeoutMs: 30_000 });
  // One of its own: OpenFeature ignores a provider that is the default one already.
  const noOp: Provider = Object.create(NOOP_PROVIDER);
  const [flags, noFlags] = [OpenFeature.getClient('bench'), OpenFeature.getClient('bench-no-op')];
  await OpenFeature.setProviderAndWait('bench', createProvider(client, { configs: [checkout] }));
  await OpenFeature.setProviderAndWait('bench-no-op', noOp);
  const evaluations = size(20_000);
  const perEvaluation = (wanted: boolean, evaluate: () => Promise<boolean>) => async () => {
    const before = process.cpuUsage();
    for (let i = 0; i < evaluations; i++)
      if ((await evaluate()) !== wanted) throw new Error(`It was not ${wanted} that was evaluated`);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000 / evaluations;
  };
  const costs = await inTurns(rounds(25), {
    whole: perEvaluation(true, () => flags.getBooleanValue('checkout.newFlow', false, context)),
    noOp: perEvaluation(true, () => noFlags.getBooleanValue('checkout.newFlow', true, context)),
  });
  await OpenFeature.close();
  return [
    figure(
      { what: 'an evaluation of a field, from memory: processor time', unit: 'ns', budget: '≤ 1.1× no-op' },
      costs.whole,
      {
        'no-op provider': costs.noOp,
      },
    ),
  ];
}
