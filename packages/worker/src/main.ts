#!/usr/bin/env node
import { refuseOldNode } from './refuse-old-node.ts';

refuseOldNode('tenantry-worker');
const { runProgram } = await import('./program.ts');
const code = await runProgram(process.argv.slice(2));
// An audit may tell of more than a pipe holds, and what a pipe has not taken yet is lost with the process.
await new Promise(resolve => process.stdout.write('', resolve));
process.exit(code);
