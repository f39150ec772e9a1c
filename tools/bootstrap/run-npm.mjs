// Plain JavaScript that an old Node understands.
import { spawn } from 'node:child_process';

const EVERY_MS = 5_000;

/** Runs npm, says every few seconds that it still does, and returns what it printed; else ends us with a sentence. */
export async function runNpm(what, args, cwd) {
  const started = Date.now();
  const say = line => process.stderr.write(`${line}\n`);
  say(what);
  const ticking = setInterval(() => say(`  … ${Math.round((Date.now() - started) / 1000)} s`), EVERY_MS);
  const child = spawn('npm', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  const endNow = () => child.kill();
  process.once('exit', endNow);
  const forward = signal => {
    child.kill(signal);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, forward);
  let printed = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    printed += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    errors += text;
    process.stderr.write(text);
  });
  const failure = await new Promise(resolve => {
    child.once('error', resolve);
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `npm ended with ${code ?? signal}`));
  });
  clearInterval(ticking);
  process.removeListener('exit', endNow);
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, forward);
  if (failure === undefined) return printed;
  if (!errors) say(printed);
  say(`${what}: ${remedyFor(`${errors}${failure}`) ?? failure}`);
  process.exit(1);
}

/** What to do about it, for the failures that anybody may meet. */
export function remedyFor(output) {
  if (/ENOSPC|no space left/i.test(output)) return 'the disk is full. Make room (df -h shows where), and run it again.';
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED/.test(output)) {
    return 'the npm registry cannot be reached. Go online (or set `npm config set proxy`), and run it again.';
  }
  if (/EACCES|EPERM/.test(output)) return 'a folder may not be written. Run it as the owner of this clone.';
  if (/spawn npm ENOENT/.test(output)) return 'npm is not installed. It comes with Node: https://nodejs.org';
  return undefined;
}
