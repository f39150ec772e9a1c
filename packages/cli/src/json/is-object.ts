/** Whether something that was read from JSON is an object: no list, no null, and no number that is kept as its text. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
