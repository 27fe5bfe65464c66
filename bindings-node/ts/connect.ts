/** The native module of deliveries and live readings, for whoever calls it. */

import { make, QlowerError } from './errors.js'
import { type ConnectNative, connectNative } from './native.js'

/**
 * The module. Throws an error that names the package, if it is not installed.
 *
 * @internal
 */
export function connect(): ConnectNative {
  try {
    return connectNative()
  } catch (error) {
    const { message, code } = error as Error & { code?: unknown }
    if (code !== 'QLOWER_NATIVE_MODULE') throw error
    throw make(QlowerError, message, { code }, { cause: error })
  }
}
