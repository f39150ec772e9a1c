#!/usr/bin/env node
import { madeCacheFolder } from './connection/own-folders.ts';
import { refuseOldNode } from './refuse-old-node.ts';

refuseOldNode('tenantry');
const { stdin, stdout, stderr, env, argv } = process;
const { enableCompileCache } = await import('node:module');
// What Node compiles of this program it keeps: the next start takes half as long. Not in the folder for everybody's temporary files: what is read from
// there is run.
const cache = madeCacheFolder(env);
if (cache !== undefined) enableCompileCache(cache);
const interrupt = new AbortController();
// Once: a second one ends it at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
const { runCli } = await import('./run-cli.ts');
process.exit(await runCli(argv.slice(2), { stdin, stdout, stderr, env, signal: interrupt.signal }));
