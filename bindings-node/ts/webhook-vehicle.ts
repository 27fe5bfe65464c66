/**
 * Events of the imaging platform for vehicles.
 *
 * @packageDocumentation
 */

import { configError, value } from './errors.js'
import { readVehicle, type VehicleEvent, type VehicleEventKind } from './events.js'
import { native } from './native.js'
import type { AnyString } from './types.js'
import { EventReceiver } from './webhook-base.js'
import { parsed, received } from './webhook-event.js'
import type { Body } from './webhook-given.js'
import type { CallerOptions } from './webhook-options.js'
import { callers } from './webhook-sources.js'

export {
  VEHICLE_EVENT_LABELS as LABELS,
  VehicleEvent as Event,
  type VehicleEventKind as EventKind,
} from './events.js'

/**
 * Reads a body of the imaging platform's. The fields are not documented, so that all of it is kept as it is.
 *
 * @param kind which event it is, as the address tells at which it arrives; the label, in English or in French, will do as well.
 * @throws {@link InvalidEventError} if it cannot be read.
 * @throws {@link ConfigError} if there is no such kind.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const event = webhook.vehicle.parse('vehicle_processed', '{"id": 12}')
 * console.log(event.label('fr'), event.body) // Véhicule traité { id: 12 }
 * ```
 */
export function parse(kind: VehicleEventKind | AnyString, body: Body): VehicleEvent {
  return parsed(body, (bytes) => native.webhookParseVehicle(text(kind), bytes), readVehicle)
}

/**
 * Takes one kind of events of the imaging platform, which names itself by HTTP Basic. Nothing in these events identifies them, so that
 * one that is sent again is handled again. All else is as for those of Qlower.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const receiver = new webhook.vehicle.Receiver('vehicle_processed', {
 *   users: { imaging: 'p4ss' },
 *   handler: (event) => {
 *     console.log(event.kind, event.body) // vehicle_processed { id: 12 }
 *   },
 * })
 * const headers = { 'Content-Type': 'application/json', Authorization: 'Basic aW1hZ2luZzpwNHNz' }
 * const given = { method: 'POST', headers, body: '{"id": 12}' }
 * console.log((await receiver.fetch(new Request('https://example.com/vehicles/processed', given))).status) // 200
 * ```
 */
export class Receiver extends EventReceiver {
  /**
   * @param kind which event it is that arrives at this address.
   * @throws {@link ConfigError} if there is no such kind, or a setting is missing, cannot be used, or does not exist.
   */
  constructor(kind: VehicleEventKind | AnyString, options: CallerOptions<VehicleEvent>) {
    const name = value(native.webhookVehicleKind(text(kind)))
    const entry = (body: Uint8Array) => native.webhookParseVehicle(name, body)
    super(
      callers(options, (body) => received(body, entry, readVehicle)),
      options,
      ['users', 'pathSecrets'],
    )
  }
}

function text(kind: unknown): string {
  if (typeof kind !== 'string') throw configError('kind', 'must be a string')
  return kind
}
