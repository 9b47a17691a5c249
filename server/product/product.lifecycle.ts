import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

export const productLifecycle = lifecycle('management product', 'ACTIVE', {
  ACTIVE: { retire: 'RETIRED' },
  RETIRED: {},
})

export type ProductState = StateOf<typeof productLifecycle>
