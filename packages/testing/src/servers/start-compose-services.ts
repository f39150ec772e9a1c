import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DatabaseKind } from './database-server.ts';
import { docker } from './docker.ts';
import { freePort } from './free-port.ts';
import { createPrivateFolder } from './process/private-folder.ts';

const composeFile = fileURLToPath(new URL('../../../../docker-compose.yml', import.meta.url));

export interface ComposeServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  close(): Promise<void>;
}

/** The services of docker-compose.yml under a project name and on ports of their own, so that two runs never meet. */
export async function startComposeServices(
  database: DatabaseKind,
  onProgress?: (line: string) => void,
): Promise<ComposeServices> {
  const folder = createPrivateFolder('compose');
  const compose = [
    'compose',
    '--file',
    composeFile,
    '--project-name',
    `tenantry-${basename(folder.path).toLowerCase()}`,
  ];
  const down = [...compose, '--profile', 'mariadb', 'down', '--volumes', '--timeout', '1'];
  folder.note({ undo: ['docker', ...down] });
  const downNow = (): void => void execFileSync('docker', down, { stdio: 'ignore' });
  process.prependOnceListener('exit', downNow);
  const close = async (): Promise<void> => {
    process.removeListener('exit', downNow);
    await docker(down);
    folder.remove();
  };

  const [databasePort, redisPort] = [await freePort(), await freePort()];
  const ports = { TENANTRY_DATABASE_PORT: String(databasePort), TENANTRY_REDIS_PORT: String(redisPort) };
  onProgress?.('starting the containers of docker-compose.yml');
  try {
    await docker([...compose, 'up', '--detach', '--wait', database, 'redis'], { env: ports });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    databaseUrl: `mysql://root@127.0.0.1:${databasePort}`,
    redisUrl: `redis://127.0.0.1:${redisPort}`,
    close,
  };
}
