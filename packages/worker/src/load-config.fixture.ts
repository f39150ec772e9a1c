import { errorLine } from './cli/error-line.ts';
import { loadConfig } from './load-config.ts';
import { checkWorkerOptions } from './worker-options.ts';

// Loads each config as the program does, and prints what became of it: the start of a process for each would be most of the work.
for (const path of process.argv.slice(2)) {
  const became = await loadConfig(path)
    .then(checkWorkerOptions)
    .then(() => 'taken', errorLine);
  process.stdout.write(`${JSON.stringify({ path, became })}\n`);
}
