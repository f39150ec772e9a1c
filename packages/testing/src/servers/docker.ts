import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from './install/find-program.ts';
import { type ServerCommand, type ServerProcess, startServerProcess } from './process/start-server-process.ts';

/** True if there is not only a client but an engine that answers it, with Compose. */
export async function dockerAnswers(): Promise<boolean> {
  if (!findProgram('docker')) return false;
  try {
    await docker(['info'], { timeoutMs: 10_000 });
    await docker(['compose', 'version'], { timeoutMs: 10_000 });
    return true;
  } catch {
    return false;
  }
}

export async function docker(
  args: readonly string[],
  { env = {}, timeoutMs = 0 }: { readonly env?: Readonly<Record<string, string>>; readonly timeoutMs?: number } = {},
): Promise<void> {
  await promisify(execFile)('docker', args, { timeout: timeoutMs, env: { ...process.env, ...env } });
}

/** The same as `startServerProcess`, inside a container: `program` is an image, `publish` its port and ours. */
export async function startServerContainer(
  command: ServerCommand & { readonly name: string; readonly publish: string },
): Promise<ServerProcess> {
  const { name, folder } = command;
  folder.note({ undo: ['docker', 'rm', '--force', name] });
  const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid?.()}`] : [];
  const mount = ['--volume', `${folder.path}:/data`];
  const run = ['run', '--rm', '--name', name, '--publish', command.publish, ...mount, ...user, command.program];
  const client = await startServerProcess({ ...command, program: 'docker', args: [...run, ...command.args] });
  // Killing the client would leave the container running: signals go through the engine.
  const removeNow = (): void => void execFileSync('docker', ['rm', '--force', name], { stdio: 'ignore' });
  process.prependOnceListener('exit', removeNow);
  return {
    pid: client.pid,
    end: async signal => {
      process.removeListener('exit', removeNow);
      await docker(['unpause', name]).catch(() => {});
      await docker(['kill', '--signal', signal, name]).catch(() => {});
      await docker(['wait', name]).catch(() => {});
      await client.end('SIGKILL');
    },
    pause: () => void execFileSync('docker', ['pause', name]),
    resume: () => void execFileSync('docker', ['unpause', name]),
  };
}
