/** Loads the native module: of a build in this folder, or of the package for this platform. */

import type * as Binding from './binding.js'

/** What the native module has. */
export type Native = typeof Binding

function load(): Native {
  return require('../qlower.node') as Native
}

/** The native module. */
export const native: Native = load()
