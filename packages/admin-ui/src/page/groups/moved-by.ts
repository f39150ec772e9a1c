/** The list with one item `steps` further. */
export function movedBy<T>(list: readonly T[], position: number, steps: number): readonly T[] {
  const moved = [...list];
  moved.splice(position + steps, 0, ...moved.splice(position, 1));
  return moved;
}
