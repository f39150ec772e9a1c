/** Ctrl-C where no signal comes of it: a terminal that does not show what is typed gives it as a key. */
export class Interrupted extends Error {}
