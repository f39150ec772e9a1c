/** What the replica's marker says once everything was published; the token of the fill while it is being filled. */
export const FILLED = 'filled';
