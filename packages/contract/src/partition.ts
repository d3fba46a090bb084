/**
 * The partition that Kafka's own clients choose for a key: murmur2 with the sign bit cleared, modulo the partition count.
 * A duplicate must meet its twin whoever sent it, so ours must be theirs.
 * Source: org.apache.kafka.common.utils.Utils.murmur2 and toPositive.
 */
export function partitionForKey(key: string | Buffer, partitions: number): number {
  return (murmur2(typeof key === 'string' ? Buffer.from(key, 'utf8') : key) & 0x7fffffff) % partitions
}

const SEED = 0x9747b28c
const M = 0x5bd1e995

export function murmur2(data: Buffer): number {
  const { length } = data
  let h = SEED ^ length
  let i = 0
  for (; i + 4 <= length; i += 4) {
    let k = data.readInt32LE(i)
    k = Math.imul(k, M)
    k ^= k >>> 24
    k = Math.imul(k, M)
    h = Math.imul(h, M) ^ k
  }
  const rest = length - i
  if (rest === 3) h ^= (data[i + 2] ?? 0) << 16
  if (rest >= 2) h ^= (data[i + 1] ?? 0) << 8
  if (rest >= 1) {
    h ^= data[i] ?? 0
    h = Math.imul(h, M)
  }
  h ^= h >>> 13
  h = Math.imul(h, M)
  h ^= h >>> 15
  return h
}
