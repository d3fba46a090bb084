import avro from 'avsc'

const MAX_SAFE_MICROS_BYTES = 7

/**
 * Avro `decimal` over bytes ⇄ its unscaled integer: millionths for the `decimal(18, 6)` of our schemas. Credits are never a
 * float between the wire and the ledger. Values outside the safe integers are refused: nine billion credits in one call is
 * a mistake.
 */
export class DecimalMicros extends avro.types.LogicalType {
  readonly scale: number

  constructor(schema: avro.Schema & { readonly scale?: number }, options?: object) {
    super(schema, options)
    this.scale = schema.scale ?? 0
  }

  protected override _fromValue(bytes: Buffer): number {
    if (bytes.length === 0 || bytes.length > MAX_SAFE_MICROS_BYTES + 1) {
      throw new RangeError(`a decimal of ${bytes.length} bytes is out of range`)
    }
    const micros = bytes.length <= 6 ? bytes.readIntBE(0, bytes.length) : Number(bigFrom(bytes))
    return safe(micros)
  }

  // `undefined` is avsc's word for "not of this type". It asks for every null of a union: an error each time would cost
  // a third of the whole encoding.
  protected override _toValue(micros: number): Buffer | undefined {
    if (!Number.isSafeInteger(micros)) return undefined
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(micros))
    return bytes
  }

  // The writer's value arrives here decoded. A coarser scale is converted exactly; a finer one would lose digits.
  protected override _resolve(writer: avro.Type): ((value: number) => number) | undefined {
    if (!(writer instanceof DecimalMicros) || writer.scale > this.scale) return undefined
    const factor = 10 ** (this.scale - writer.scale)
    return factor === 1 ? (value) => value : (value) => safe(value * factor)
  }
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError('decimal out of range')
  return value
}

function bigFrom(bytes: Buffer): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}
