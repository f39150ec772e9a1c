import { ProviderStatus } from '@openfeature/server-sdk';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { AclServer } from '../../sdk/src/acl-server.fixture.ts';
import { openFlags, setFlags } from './flags.fixture.ts';

it('a tenant that the Redis user may not read says so in its own evaluations: the provider stays READY, and the others are live', async () => {
  await using acl = await AclServer.start();
  await acl.openWorld();
  await setFlags(acl.world);
  const client = await acl.clientAs('acme-reader');
  const { flags, listen, told } = await openFlags(client);
  listen();
  const globex = { targetingKey: 'globex' };
  expect(await flags.getBooleanDetails('boolean-flag', false)).toMatchObject({ value: true, reason: 'STATIC' });
  for (let i = 0; i < 3; i++) {
    const refused = await flags.getBooleanDetails('boolean-flag', false, globex);
    expect(refused).toMatchObject({ value: false, reason: 'ERROR', errorCode: 'GENERAL' });
    expect(refused.errorMessage).toMatch(/^FORBIDDEN: /);
    expect(await flags.getBooleanDetails('defaulted', true, globex)).toMatchObject({ value: false, reason: 'STALE' });
    await eventually(() => expect(client.health()).toMatchObject([{ kind: 'refused', scope: 'tenants/globex' }]));
  }
  // A lost connection is about everybody.
  const killed = acl.admin.client('KILL', 'USER', 'acme-reader');
  await killed;
  await eventually(() => expect(told).toEqual(['READY', 'STALE', 'READY']));
  expect(flags.providerStatus).toBe(ProviderStatus.READY);
  expect(await flags.getBooleanDetails('boolean-flag', false)).toMatchObject({ value: true, reason: 'STATIC' });
  await acl.closeWorld();
});
