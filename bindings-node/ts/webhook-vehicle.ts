/**
 * Events of the imaging platform for vehicles.
 *
 * @packageDocumentation
 */

import { configError } from './errors.js'
import { readVehicle, type VehicleEvent, type VehicleEventKind } from './events.js'
import { native } from './native.js'
import type { AnyString } from './types.js'
import { parsed } from './webhook-event.js'
import type { Body } from './webhook-given.js'

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
  if (typeof kind !== 'string') throw configError('kind', 'must be a string')
  return parsed(body, (bytes) => native.webhookParseVehicle(kind, bytes), readVehicle)
}
