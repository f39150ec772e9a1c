/** The oldest Node.js that this program runs on: as `engines` in its package.json. */
const OLDEST = [22, 18] as const;

/** Ends the process with one line where Node.js is too old. It stands alone: what else would be imported may not even load there. */
export function refuseOldNode(program: string): void {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  process.stderr.write(`${program}: needs Node ${OLDEST.join('.')} or newer, this is ${node}\n`);
  process.exit(1);
}
