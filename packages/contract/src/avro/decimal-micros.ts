import avro from 'avsc'

const MAX_SAFE_MICROS_BYTES = 7

/**
 * Avro `decimal(18, 6)` over bytes ⇄ an integer number of millionths. Credits are never a float between the wire and the ledger.
 * Values outside the safe integers are refused: nine billion credits in one call is a mistake.
 */
export class DecimalMicros extends avro.types.LogicalType {
  protected override _fromValue(bytes: Buffer): number {
    if (bytes.length === 0 || bytes.length > MAX_SAFE_MICROS_BYTES + 1) {
      throw new RangeError(`a decimal of ${bytes.length} bytes is out of range`)
    }
    const micros = bytes.length <= 6 ? bytes.readIntBE(0, bytes.length) : Number(bigFrom(bytes))
    if (!Number.isSafeInteger(micros)) throw new RangeError('decimal out of range')
    return micros
  }

  protected override _toValue(micros: number): Buffer {
    if (!Number.isSafeInteger(micros))
      throw new RangeError(`${micros} is not an integer number of millionths`)
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(micros))
    return bytes
  }

  protected override _resolve(type: avro.Type): ((value: Buffer) => number) | undefined {
    return avro.Type.isType(type, 'bytes', 'logical:decimal') ? (value) => this._fromValue(value) : undefined
  }
}

function bigFrom(bytes: Buffer): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}
