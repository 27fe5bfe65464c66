/**
 * The Qlower partner SDK for Node.
 *
 * @packageDocumentation
 */

import { native } from './native.js'

export { QlowerError } from './errors.js'

/** The version of this package. */
export const version: string = native.version()
