/** The steps of one delivery, in order, with the share of the way (percent) that is behind when each is done. */
export const steps = { admit: 5, copy: 40, unpack: 55, switch: 60, restart: 80, health: 100 } as const

export type StepName = keyof typeof steps

export const stepNames = Object.keys(steps) as StepName[]

export function percentBefore(step: StepName): number {
  const before = stepNames[stepNames.indexOf(step) - 1]
  return before === undefined ? 0 : steps[before]
}
