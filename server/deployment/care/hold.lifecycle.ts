import { lifecycle, type ActionOf, type StateOf } from '../../kernel/lifecycle.ts'

/**
 * In whose hands a deployment is. While it is handed over, whoever hands it over still holds it; only the acknowledgement
 * of the other one changes that. What Waybill does: `end` when there is nothing left to hold or nobody to hold it, `lapse`
 * when there is nobody to hand it over to any more.
 */
export const holdLifecycle = lifecycle('hold', 'FREE', {
  FREE: { hold: 'HELD' },
  HELD: { handOver: 'HANDING_OVER', takeOver: 'HELD', letGo: 'FREE', end: 'FREE' },
  HANDING_OVER: {
    acknowledgeHandOver: 'HELD',
    declineHandOver: 'HELD',
    withdrawHandOver: 'HELD',
    takeOver: 'HELD',
    letGo: 'FREE',
    lapse: 'HELD',
    end: 'FREE',
  },
})

export type HoldState = StateOf<typeof holdLifecycle>
export type HoldAction = ActionOf<typeof holdLifecycle>

/** Who does it: whoever holds the deployment, to whom it is handed over, none of the two, or Waybill. */
export const doneBy: Readonly<Record<HoldAction, 'holder' | 'successor' | 'another' | 'waybill'>> = {
  hold: 'another',
  takeOver: 'another',
  handOver: 'holder',
  withdrawHandOver: 'holder',
  letGo: 'holder',
  acknowledgeHandOver: 'successor',
  declineHandOver: 'successor',
  end: 'waybill',
  lapse: 'waybill',
}
