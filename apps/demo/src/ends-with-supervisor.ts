/** The supervisor may be killed without a chance to end us: then its end of the channel closes. */
export function endsWithSupervisor(): void {
  process.once('disconnect', () => process.exit());
  // Listening alone would keep a process that is done from ending.
  process.channel?.unref();
}

/** To the supervisor, which may be gone already. */
export function tellSupervisor(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
