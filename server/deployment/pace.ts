import { BadInput } from '../kernel/errors.ts'
import type { Deployment } from './deployment.entity.ts'
import type { PaceInput } from './deployment.inputs.ts'

/** What a draft may say of its pace: the least and the most, and the words of the rule. */
const BOUNDS = {
  maxInFlight: { least: 1, most: 1_000, said: 'From 1 to 1,000 targets are worked on at once' },
  attemptSeconds: { least: 1, most: 86_400, said: 'An attempt may take from 1 s to 86,400 s (a day)' },
} as const

/** Takes over how many targets are worked on at once and how long one attempt may take; what is left out stays. */
export function setPace(deployment: Deployment, input: PaceInput): void {
  for (const name of ['maxInFlight', 'attemptSeconds'] as const) {
    const asked = input[name]
    if (asked == null) continue
    const { least, most, said } = BOUNDS[name]
    if (asked < least || asked > most) {
      throw new BadInput(`${said}; ${asked} is not in between.`, {
        field: [name],
        rule: 'pace of a deployment',
        evidence: { least, most, asked },
      })
    }
    deployment[name] = asked
  }
}
