#!/usr/bin/env node
import { runCli } from './run-cli.ts';

const interrupt = new AbortController();
// Once: a second Ctrl-C ends it at once.
process.once('SIGINT', () => interrupt.abort());
const { stdin, stdout, stderr, env, argv } = process;
process.exitCode = await runCli(argv.slice(2), { stdin, stdout, stderr, env, signal: interrupt.signal });
process.exit();
