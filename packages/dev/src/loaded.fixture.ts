import { registerHooks } from 'node:module';

// Prints which packages a reader of a folder, and the server on top of it, have loaded.

const urls = new Set<string>();
registerHooks({
  load(url, context, next) {
    urls.add(url);
    return next(url, context);
  },
});

/** Our own packages as `@tenantry/…`, from their sources too. */
function packagesOf(): string[] {
  const names = [...urls].flatMap(url => {
    const [, installed] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
    const [, ours] = /\/packages\/([^/]+)\/(?:src|dist)\//.exec(url) ?? [];
    return installed ?? (ours && `@tenantry/${ours}`) ?? [];
  });
  return [...new Set(names)].sort();
}

const { loadDefinitions, openFolder, startDev } = await import('./index.ts');
const { createClient } = await import('@tenantry/sdk');
const [dir = '', definitions = ''] = process.argv.slice(2);
const configs = await loadDefinitions(definitions);
const folder = await openFolder({ dir, configs });
const client = await createClient({ replica: folder.replica });
await client.tenant('acme').getMany(configs);
const reader = { packages: packagesOf(), resources: process.getActiveResourcesInfo() };
await client.close();
await folder.close();
const dev = await startDev({ dir, configs, port: 0 });
await (await fetch(`${dev.url}/api/v1/tenants/acme/configs`)).arrayBuffer();
const server = { packages: packagesOf() };
await dev.close();
process.stdout.write(`loaded ${JSON.stringify({ reader, server })}\n`);
