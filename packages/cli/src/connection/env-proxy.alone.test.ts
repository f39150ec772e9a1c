import { globalAgent } from 'node:http';
import { expect, it } from 'vitest';
import { mode } from '../../../admin/src/admin.fixture.ts';
import { lab, useCliLab } from '../cli.fixture.ts';
import { shell } from '../shell.fixture.ts';
import { startWriteProxy } from '../write-proxy.fixture.ts';

useCliLab();
const hasProxies = 'proxyEnv' in (globalAgent as unknown as { readonly options: object }).options;

it.skipIf(!hasProxies)(
  'reads and writes go by the proxy that Node is told to use (skipped where Node knows no NODE_USE_ENV_PROXY)',
  async () => {
    await using proxy = await startWriteProxy(lab.url, { mayWrite: true });
    // No resolver knows this name: nobody but the proxy can answer for it.
    const env = {
      TENANTRY_URL: 'http://admin.invalid',
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      NO_PROXY: '',
      no_proxy: '',
    };
    const more = { ...env, NODE_USE_ENV_PROXY: '1' };
    expect(await shell('tenantry set behind mode -t on', more)).toMatchObject({ code: 0, err: '' });
    expect(await lab.store.tenant('behind').get(mode)).toMatchObject({ value: 'on' });
    expect(proxy.requests.map(each => each.split(' ')[0])).toEqual(['GET', 'PUT']);
  },
);
