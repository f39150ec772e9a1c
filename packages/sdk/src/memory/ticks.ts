/**
 * A client's own count of time, without a call of the clock. It goes on with each look at what is idle, and with each tenant that is taken
 * up: so it also tells which of two tenants was read later.
 */
export interface Ticks {
  now: number;
}
