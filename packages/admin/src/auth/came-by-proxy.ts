/** What proxies and the networks in front of them add, each some of it. */
const ADDED = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
];

/** Whether somebody has handed the request on: then it comes from that one's address, which may be this machine's. */
export function cameByProxy({ headers }: Request): boolean {
  return ADDED.some(name => headers.has(name)) || [...headers.keys()].some(name => name.startsWith('x-forwarded-'));
}
