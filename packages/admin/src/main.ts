#!/usr/bin/env node
import { refuseOldNode } from './refuse-old-node.ts';

refuseOldNode('tenantry-admin');
const { runProgram } = await import('./program.ts');
const code = await runProgram(process.argv.slice(2));
// What a pipe has not taken yet is lost where a program exits. An admin must end, also where nobody reads its log any more.
const taken = Promise.all([process.stdout, process.stderr].map(each => new Promise(done => each.write('', done))));
await Promise.race([taken, new Promise(done => setTimeout(done, 1_000))]);
process.exit(code);
