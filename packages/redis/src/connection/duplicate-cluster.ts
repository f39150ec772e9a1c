import type { Cluster, ClusterOptions, RedisOptions } from 'ioredis';

/**
 * A Cluster's connection like the application's, with these options beside its own. ioredis 6 adds `redisOptions` to the application's;
 * ioredis 5 puts them in their place, and would connect without its password and without TLS.
 */
export function duplicateCluster(
  cluster: Cluster,
  { redisOptions, ...options }: Omit<ClusterOptions, 'redisOptions'> & { readonly redisOptions: RedisOptions },
): Cluster {
  const all = { ...options, redisOptions: { ...cluster.options.redisOptions, ...redisOptions } };
  return cluster.duplicate([], all as { redisOptions: { replyMapping: 'legacy' } });
}
