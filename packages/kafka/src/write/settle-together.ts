import type { KafkaError } from '../errors.ts'

/** One promise for all partitions of a send. A hopeless failure is told first: the caller must not try the whole again. */
export function settleTogether(
  parts: number,
  onSettled: () => void,
): { readonly settled: Promise<void>; readonly settle: (failure: KafkaError | undefined) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let waiting = parts
  let worst: KafkaError | undefined
  const settle = (failure: KafkaError | undefined): void => {
    if (failure !== undefined && (worst === undefined || (worst.retryable && !failure.retryable)))
      worst = failure
    waiting -= 1
    if (waiting > 0) return
    onSettled()
    if (worst === undefined) resolve()
    else reject(worst)
  }
  return { settled: promise, settle }
}
