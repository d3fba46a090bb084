import { FRAME_BYTES, framedSchemaId } from '@meterline/contract'

/** The datum behind the five bytes of the registry's framing. */
export function unframed(value: Buffer): Buffer {
  return framedSchemaId(value) === undefined ? value : value.subarray(FRAME_BYTES)
}
