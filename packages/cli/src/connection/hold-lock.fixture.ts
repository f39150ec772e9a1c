import { writeFile } from 'node:fs/promises';
import { lockFile } from './file-lock.ts';

// A process that is about to replace the file, and is killed then.
const [, , path = ''] = process.argv;
const lock = await lockFile(path, new AbortController().signal);
await writeFile(lock.draft, 'token-of-root', { mode: 0o600 });
process.stdout.write('holds\n');
setInterval(() => undefined, 1_000);
