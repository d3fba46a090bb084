import { avroLong, avroString } from '../../wire/varint.ts'

const KIND_DETECTOR = 7
/** Pane, credits, requests, and no seconds, nothing above, no drivers. */
const NOTHING_BEFORE = Buffer.alloc(6)

/**
 * What `encodeBurnChange` writes of a detector, byte for byte: its hundreds of doubles are copied at once, since all of them are
 * written with every pane that closes, in every watched scope. On machines whose numbers lie as Avro's do, as all of ours.
 */
export function encodeNumbers(scope: string, name: string, numbers: readonly number[]): Buffer {
  const doubles = new Uint8Array(new Float64Array(numbers).buffer)
  return Buffer.concat([
    Buffer.of(KIND_DETECTOR << 1),
    avroString(scope),
    NOTHING_BEFORE,
    avroLong(numbers.length),
    doubles,
    // The end of the numbers; an array without any is this end alone.
    ...(numbers.length === 0 ? [] : [Buffer.of(0)]),
    avroString(name),
    Buffer.of(0),
  ])
}
