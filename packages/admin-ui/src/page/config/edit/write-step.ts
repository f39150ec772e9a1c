import type { Merge } from '../../merge/three-way-merge.ts';

/** Where somebody is on the way from an edit to what is written. */
export type WriteStep =
  | { readonly step: 'look' }
  | { readonly step: 'unset' }
  | { readonly step: 'reveal' }
  | { readonly step: 'collide'; readonly merge: Merge };
