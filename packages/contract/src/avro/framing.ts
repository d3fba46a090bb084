/** Confluent wire format: 0x00, schema id as 32-bit big-endian, then the Avro datum. */
export const FRAME_BYTES = 5

export function frame(schemaId: number, datum: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(FRAME_BYTES + datum.length)
  framed[0] = 0
  framed.writeUInt32BE(schemaId, 1)
  datum.copy(framed, FRAME_BYTES)
  return framed
}

/** The schema id, or `undefined` when the value does not begin with a frame. */
export function framedSchemaId(value: Buffer): number | undefined {
  return value.length >= FRAME_BYTES && value[0] === 0 ? value.readUInt32BE(1) : undefined
}

/** The datum behind the framing; all of it where there is none. */
export function unframed(value: Buffer): Buffer {
  return framedSchemaId(value) === undefined ? value : value.subarray(FRAME_BYTES)
}
