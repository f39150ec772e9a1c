/** How many of something there are, in words: `1 scope`, `3 scopes`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
