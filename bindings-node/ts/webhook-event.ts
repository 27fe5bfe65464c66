import { value } from './errors.js'
import { native } from './native.js'
import type { Read } from './webhook-engine.js'
export function readEvent(body: Uint8Array): Read {
  const { told, kind, key, isPing } = value(native.webhookParse(body))
  return { event: JSON.parse(told), type: kind, key: key ?? null, isPing }
}
