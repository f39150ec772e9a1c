import type { Redis } from 'ioredis';

/** The server at the other end, or undefined: not connected, or not by TCP. */
const peerOf = ({ stream }: Redis): string | undefined => {
  const { remoteAddress, remotePort } = (stream ?? {}) as { remoteAddress?: string; remotePort?: number };
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort}`;
};

/**
 * Whether commands may go to another server than the one from which the pushes come. Each connection is made anew by itself:
 *
 *   commands:  lost, and connected to the new master
 *   pushes:    connected to the old master, which answers and is told of nothing any more
 *
 * True while the two are known to be at different addresses, and once after the connection for commands was made anew: behind one address there may
 * be another server by now.
 */
export function watchServer(commands: Redis, pushes: Redis): () => boolean {
  let before: unknown;
  return () => {
    const { stream } = commands;
    const isAnew = before !== undefined && stream !== before;
    before = stream;
    return isAnew || peerOf(commands) !== peerOf(pushes);
  };
}
