import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'

/** The graph in memory is not there yet, or has not come as far as was asked for. */
export class GraphNotReady extends Refusal {
  static override code: ErrorCode = 'GRAPH_NOT_READY'
}
