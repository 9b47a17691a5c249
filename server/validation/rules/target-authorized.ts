import { block, type Rule } from './rule.ts'

/** What the rule `item-state` speaks about in words of its own. */
const OTHER_RULE = ['NOT_READY', 'DECOMMISSIONED']

export const targetAuthorized: Rule = {
  id: 'target-authorized',
  title: 'Targets are authorized',
  holds: 'Every target is an authorized item.',
  async check(recorder) {
    const { targets } = recorder.plan
    const authorized = await recorder.ask(
      'itemAuthorized',
      targets.map(({ uuid }) => uuid),
    )
    const others = targets.filter(({ uuid }) => !authorized.get(uuid))
    const states = await recorder.ask(
      'itemState',
      others.map(({ uuid }) => uuid),
    )
    return others
      .filter(({ uuid }) => !OTHER_RULE.includes(states.get(uuid) ?? ''))
      .map((item) => {
        const state = states.get(item.uuid) ?? null
        return block(
          'Target is not authorized',
          `${item.name} is ${state ?? 'gone'}: only an authorized item can be a target.`,
          {
            advice: `Take ${item.name} into TEST, BUILD or PRODUCTION, or leave it out.`,
            evidence: { state },
            item,
          },
        )
      })
  },
}
