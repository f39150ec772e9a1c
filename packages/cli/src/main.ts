#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// What Node compiles of this program it keeps: the next start takes half as long.
enableCompileCache?.();
const interrupt = new AbortController();
// Once: a second Ctrl-C ends it at once.
process.once('SIGINT', () => interrupt.abort());
const { stdin, stdout, stderr, env, argv } = process;
const { runCli } = await import('./run-cli.ts');
process.exit(await runCli(argv.slice(2), { stdin, stdout, stderr, env, signal: interrupt.signal }));
