// Runs one of the programs beside this file on any machine that has Node 20 or newer and npm:
//   node tools/run.mjs tools/test.ts unit
// Everything imported here at the top must be plain JavaScript that an old Node understands.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { isModernNode, runUnderModernNode } from './bootstrap/modern-node.mjs';

endWithParent();

if (!isModernNode()) {
  await runUnderModernNode(process.argv.slice(1));
} else {
  // What Node compiled once, it and every process it starts need not compile again: half of what a start costs.
  process.env.NODE_COMPILE_CACHE ??= resolve('.tenantry/compile-cache');
  await ensureDependencies();
  const [node, , program, ...rest] = process.argv;
  process.argv = [node, resolve(program), ...rest];
  await import(pathToFileURL(resolve(program)).href);
}

/** npm passes a SIGTERM to the shell it started, which ends and tells us nothing. Then we have another parent. */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}
