/**
 * How much of what an integer holds an amount takes. Below zero it is double: a `long` on the wire is read and written exactly down to
 * -2^52 only. The weight of a sum is no more than that of its parts, so while the weights together are safe, every sum over any of them is
 * exact, in memory and on the wire.
 */
export function sumWeight(micro: number): number {
  return micro < 0 ? -2 * micro : micro
}
