import { block, listed, warning, type Rule } from './rule.ts'

export const otherDeployments: Rule = {
  id: 'other-deployments',
  title: 'No other deployment is in the way',
  holds: 'No other deployment is planned or under way on a target or next to one.',
  async check(recorder) {
    const { targets } = recorder.plan
    const uuids = targets.map(({ uuid }) => uuid)
    const [on, near] = [await recorder.ask('deploymentsOn', uuids), await recorder.ask('deploymentsNear', uuids)]
    return targets.flatMap((item) => {
      const [same, related] = [on.get(item.uuid)!, near.get(item.uuid)!]
      const blocks = same.length > 0 && [
        block(
          'Another deployment has the item',
          `${listed(same)} ${same.length > 1 ? 'are' : 'is'} planned or under way on ${item.name}.`,
          {
            advice: 'Wait until it is over, cancel it, or leave the item out.',
            evidence: { deployments: same },
            item,
          },
        ),
      ]
      const warnings = related.length > 0 && [
        warning(
          'A deployment runs next door',
          `${item.name} is related to items that are being changed: ${listed(related)}.`,
          {
            advice: 'Wait until it is over if both must not change at once.',
            evidence: { elsewhere: related },
            item,
          },
        ),
      ]
      return [...(blocks || []), ...(warnings || [])]
    })
  },
}
