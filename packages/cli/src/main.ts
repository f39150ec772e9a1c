#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// What Node compiles of this program it keeps: the next start takes half as long.
enableCompileCache?.();
const interrupt = new AbortController();
// Once: a second one ends it at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
const { stdin, stdout, stderr, env, argv } = process;
const { runCli } = await import('./run-cli.ts');
process.exit(await runCli(argv.slice(2), { stdin, stdout, stderr, env, signal: interrupt.signal }));
