import { MAX_BODY_BYTES } from '@meterline/contract'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

import { ApiError } from './api-error.ts'

const gunzipped = promisify(gunzip)

/** The body without its Content-Encoding. The bound holds for what comes out: a small body may be a large one. */
export async function decodedBody(body: Buffer, contentEncoding: string | undefined): Promise<Buffer> {
  const encoding = (contentEncoding ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new ApiError(415, 'unsupported_encoding', `the Content-Encoding ${encoding} is not supported`, {
      hint: 'send gzip, or no Content-Encoding',
    })
  }
  try {
    return await gunzipped(body, { maxOutputLength: MAX_BODY_BYTES })
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new ApiError(
        413,
        'body_too_large',
        `a request is at most ${MAX_BODY_BYTES} bytes, decompressed`,
        { cause },
      )
    }
    throw new ApiError(400, 'malformed_gzip', 'the body is not gzip, though the Content-Encoding says so', {
      cause,
    })
  }
}
