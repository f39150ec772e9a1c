#!/usr/bin/env node
import { refuseOldNode } from './refuse-old-node.ts';

refuseOldNode('tenantry-worker');
const { runProgram } = await import('./program.ts');
const words = process.argv.slice(2);
const code = await runProgram(words);
// What a pipe has not taken yet is lost where a program exits. A worker must end, also where nobody reads its log any more.
const taken = Promise.all([process.stdout, process.stderr].map(each => new Promise(done => each.write('', done))));
await (words[0] === 'audit' ? taken : Promise.race([taken, new Promise(done => setTimeout(done, 1_000))]));
process.exit(code);
