#!/usr/bin/env node
import { refuseOldNode } from './refuse-old-node.ts';

refuseOldNode('tenantry-worker');
const { runProgram } = await import('./program.ts');
process.exit(await runProgram(process.argv.slice(2)));
