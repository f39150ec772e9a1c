#!/usr/bin/env node
import { refuseOldNode } from './refuse-old-node.ts';

refuseOldNode('tenantry-worker');
const { runProgram } = await import('./program.ts');
const code = await runProgram(process.argv.slice(2));
// What a pipe has not taken yet is lost where a program exits.
for (const stream of [process.stdout, process.stderr]) await new Promise(taken => stream.write('', taken));
process.exit(code);
